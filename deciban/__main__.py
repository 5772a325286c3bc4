"""``python -m deciban``: the command line."""

from deciban.service.commands.main import main

if __name__ == "__main__":
    main()

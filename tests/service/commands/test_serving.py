"""``deciban serve`` reads its settings and tells what is wrong with them."""

import logging

import pytest


@pytest.fixture(autouse=True)
def logging_as_it_was():
    """Put the logging back that a command has set up for its process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in set(root.handlers) - set(handlers):
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("DECIBAN_PORT", "http"),
        ("DECIBAN_DATABASE_URL", "mysql://x/y"),
        ("DECIBAN_NONSENSE", "1"),
    ],
)
def test_a_wrong_setting_ends_it_before_it_begins(deciban, monkeypatch, variable, text):
    monkeypatch.setenv(variable, text)

    result = deciban("serve", "--port", "0")

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ") and "must be" in result.stderr


def test_an_address_for_others_needs_a_token(deciban, monkeypatch, store):
    monkeypatch.setenv("DECIBAN_DATABASE_URL", f"sqlite:///{store.file}")

    result = deciban("serve", "--host", "0.0.0.0", "--port", "0")

    assert result.exit_code == 1
    assert "deciban token new" in result.stderr


def test_a_port_that_is_none_is_a_wrong_command_line(deciban):
    assert deciban("serve", "--port", "65536").exit_code == 2

"""Settings are read from the environment, and refused where they break a rule."""

import pytest

from deciban.service.running.settings import SETTINGS, Settings, SettingsError


def test_without_an_environment_everything_has_its_default():
    settings = Settings.from_environment({})

    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.database_url.endswith("/deciban/deciban.sqlite")


def test_the_environment_counts_more_than_the_default_and_the_caller_more_than_it():
    environment = {"DECIBAN_PORT": "9000", "DECIBAN_HOST": "::1"}

    settings = Settings.from_environment(environment, port=7000)

    assert (settings.host, settings.port) == ("::1", 7000)


def test_an_empty_variable_is_none():
    assert Settings.from_environment({"DECIBAN_PORT": " "}).port == 8000


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("LOG_LEVEL", "debug\r", "debug"),
        ("LOG_FORMAT", " text ", "text"),
        ("PORT", "9000\n", 9000),
        ("PUBLIC_URL", " https://deciban.example ", "https://deciban.example"),
    ],
)
def test_blanks_around_a_setting_do_not_count(name, text, value):
    settings = Settings.from_environment({f"DECIBAN_{name}": text})

    assert getattr(settings, name.lower()) == value


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("PORT", "http", "a whole number from 0 to 65535"),
        ("PORT", "65536", "a whole number from 0 to 65535"),
        ("CHAINS", "1", "a whole number from 2 to 16"),
        ("LOG_FORMAT", "xml", "one of json, text"),
        (
            "PUBLIC_URL",
            "http://",
            "an address that starts with http:// or https:// and names a host",
        ),
        (
            "PUBLIC_URL",
            "https://[::1",
            "an address that starts with http:// or https:// and names a host",
        ),
        (
            "PUBLIC_URL",
            "deciban.example",
            "an address that starts with http:// or https://",
        ),
        ("PRT", "1", "one of CHAINS, "),
    ],
)
def test_a_wrong_setting_is_told_with_its_rule(name, text, rule):
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({f"DECIBAN_{name}": text})

    assert f"DECIBAN_{name} must be {rule}" in str(refused.value)


def test_what_the_command_line_alone_reads_is_let_be():
    Settings.from_environment({"DECIBAN_TOKEN": "x", "DECIBAN_URL": "y", "HOME": "z"})


def test_every_setting_says_what_it_is_for():
    assert all(setting.help and "\n" not in setting.help for setting in SETTINGS)


def test_settings_show_no_password():
    settings = Settings.from_environment(
        {"DECIBAN_DATABASE_URL": "postgresql://anna:s3cret@db/deciban"}
    )

    assert "s3cret" not in repr(settings)

"""Trunk bounds: where a trunk may send its credentials, and which paths of this machine it may name.

Whoever may edit trunks is not thereby the owner of the machine. So the environment, which is the owner's, names hosts
and folders, and a trunk chooses among them. What a trunk has from before stays until somebody changes it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from campaign_app.domain.errors import FieldError
from campaign_app.domain.public_addresses import TrunkHost, parse_trunk_host

TWILIO = ".twilio.com"
IDENTITY: dict[str, tuple[str, ...]] = {"asterisk": ("url", "user"), "twilio": ("base_url", "account_sid")}
"""The settings that say whose credential it is, and who is sent it."""
CREDENTIAL: dict[str, str] = {"asterisk": "password", "twilio": "auth_token"}
"""What is sent there."""
ADDRESSES = ("url", "base_url")
PATHS = ("sounds", "cel")


@dataclass(frozen=True, slots=True)
class TrunkBounds:
    """`hosts` may be named by a trunk besides Twilio's own; below `folders` its paths may lie; `paths` are the
    environment's own, which a trunk may name as they are."""

    hosts: Collection[TrunkHost] = ()
    folders: Collection[Path] = ()
    paths: Collection[Path] = ()

    def find_errors(
        self, provider: str, settings: Mapping[str, str], before: Mapping[str, object]
    ) -> list[FieldError]:
        """What is out of bounds among the settings that differ from those `before`."""
        errors = []
        for name, value in settings.items():
            if value == before.get(name):
                continue
            problem = None
            if name in ADDRESSES:
                problem = self._address_problem(provider, value)
            elif name in PATHS:
                problem = self._path_problem(value)
            if problem:
                errors.append(FieldError(f"settings.{name}", problem))
        return errors

    def _address_problem(self, provider: str, url: str) -> str | None:
        parts = urlsplit(url)
        if "@" in parts.netloc or parts.query or parts.fragment or not url.isascii() or "\\" in url:
            return "only a scheme, a host and a port: credentials are entered below"
        try:
            wanted = parse_trunk_host(f"{parts.scheme}://{parts.netloc}")
        except ValueError as error:
            return str(error)
        if any(host.covers(wanted) for host in self.hosts):
            return None
        if provider == "twilio" and wanted.host.endswith(TWILIO):
            if wanted.scheme == "https" and wanted.port in (None, 443):
                return None
            return "must begin with https://, without a port: the account’s token is sent there"
        named = f"{wanted.scheme}://{parts.netloc.lower()}"
        return (
            f"{wanted.host} is not a host that trunks may use: whoever runs this server can allow it in"
            f" SWITCHBOARD_TRUNK_HOSTS, as {named}"
        )

    def _path_problem(self, text: str) -> str | None:
        path = Path(text)
        if not path.is_absolute():
            return "give the full path, which begins with /"
        # As it is followed: neither .. nor a link leads out.
        path = path.resolve()
        if any(path == own.resolve() for own in self.paths):
            return None
        if any(folder.resolve() in path.parents for folder in self.folders):
            return None
        return (
            "not a path that trunks may use: it must be in a folder that whoever runs this server allows in"
            " SWITCHBOARD_TRUNK_FOLDERS"
        )


def changed_identity(provider: str, settings: Mapping[str, str], before: Mapping[str, object]) -> list[str]:
    """The settings that say whose the credential is and that differ from those before."""
    return [name for name in IDENTITY.get(provider, ()) if settings.get(name) != before.get(name)]

"""Backup archive: a gzipped tar, whose manifest comes last and names every file with its size and SHA-256.

With a key it is encrypted as a whole, in the format of age (age-encryption.org/v1), so the `age` tool opens it too.
What was cut has no manifest; what was changed has another sum.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

import pyrage

FORMAT = 1
HEADER, MANIFEST = "header.json", "manifest.json"
AGE, GZIP = b"age-encryption.org/v1", b"\x1f\x8b"
LEVEL = 3
"""Of compression."""
CHUNK = 1 << 20
MOST_JSON = 64 << 20
UNREADABLE = (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile)


class BadBackup(Exception):
    """A file is no backup that can be used here. The text is one line that says why."""


class _Target:
    """The file that is written to. Once abandoned it takes what its writers still hold and writes nothing."""

    def __init__(self, path: Path) -> None:
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0)
        self._abandoned = False

    def write(self, data: bytes) -> int:
        rest = memoryview(data)
        while rest and not self._abandoned:
            rest = rest[self._file.write(rest) :]
        return len(data)

    def flush(self) -> None:
        """Nothing is buffered here."""

    def close(self) -> None:
        os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        self._abandoned = True
        self._file.close()


class ArchiveWriter:
    """Writes the plain archive; `close` ends it with the manifest. `files` are those written so far."""

    def __init__(self, path: Path, header: Mapping[str, Any]) -> None:
        self._target = _Target(path)
        self._gzip = gzip.GzipFile(fileobj=self._target, mode="wb", compresslevel=LEVEL, filename="")
        self._tar = tarfile.open(fileobj=self._gzip, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self.files: list[dict[str, Any]] = []
        self.add_bytes(HEADER, _to_json({**header, "format": FORMAT}))

    def add_bytes(self, name: str, content: bytes) -> None:
        self._add(name, io.BytesIO(content), len(content))

    def add_file(self, name: str, path: Path) -> bool:
        """Whether it was there: what is removed meanwhile is left out."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return False
        with file:
            self._add(name, file, os.fstat(file.fileno()).st_size)
        return True

    def _add(self, name: str, file: IO[bytes], size: int) -> None:
        reader = _HashingReader(file)
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, 0o600
        self._tar.addfile(entry, reader)
        self.files.append({"name": name, "size": size, "sha256": reader.sha256.hexdigest()})

    def close(self, manifest: Mapping[str, Any]) -> None:
        """The last file; when it returns, all of it is on the disk."""
        content = _to_json({**manifest, "files": self.files})
        self.add_bytes(MANIFEST, content)
        self._tar.close()
        self._gzip.close()
        self._target.close()

    def abandon(self) -> None:
        """Let go of the file, which stays as it is."""
        self._target.abandon()
        self._tar.close()
        self._gzip.close()


class _HashingReader:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.sha256.update(data)
        return data


def encrypt_archive(plain: Path, encrypted: Path, key: str) -> None:
    """Encrypt for the key's owner. Raises OSError."""
    recipient = pyrage.x25519.Identity.from_str(key).to_public()
    with (
        plain.open("rb") as source,
        os.fdopen(os.open(encrypted, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target,
    ):
        pyrage.encrypt_io(source, target, [recipient])
        target.flush()
        os.fsync(target.fileno())


@contextmanager
def open_plain(path: Path, key: str | None, scratch: Path) -> Iterator[Path]:
    """The plain archive of a backup, decrypted in `scratch` where it is encrypted. Raises BadBackup, OSError."""
    with path.open("rb") as file:
        begin = file.read(len(AGE))
    if begin.startswith(GZIP):
        yield path
        return
    if begin != AGE:
        raise BadBackup(f"{path} is no backup of Switchboard's")
    if key is None:
        raise BadBackup(f"{path} is encrypted: set SWITCHBOARD_BACKUP_KEY to the key that it was made with")
    plain = scratch / "plain.tar.gz"
    try:
        try:
            with (
                path.open("rb") as source,
                os.fdopen(os.open(plain, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target,
            ):
                pyrage.decrypt_io(source, target, [pyrage.x25519.Identity.from_str(key)])
        except pyrage.DecryptError as error:
            if "No matching keys" in f"{error}":
                raise BadBackup(
                    f"SWITCHBOARD_BACKUP_KEY does not open {path}: it was made with another key"
                ) from None
            raise BadBackup(f"{path} is cut or damaged: {error}") from None
        except OSError as error:
            if error.errno is not None:
                raise
            raise BadBackup(f"{path} is cut or damaged: {error}") from None
        yield plain
    finally:
        plain.unlink(missing_ok=True)


def read_header(plain: Path, path: Path) -> dict[str, Any]:
    """What stands at the head of the archive; `path` is what to call it. Raises BadBackup."""
    with _reading(plain, path) as tar:
        entry = tar.next()
        if entry is None or entry.name != HEADER or entry.size > MOST_JSON:
            raise BadBackup(f"{path} is no backup of Switchboard's")
        header = _from_json(tar, entry, path)
    if header.get("format") != FORMAT:
        raise BadBackup(
            f"{path} has the format {header.get('format')!r}, and this version reads {FORMAT}: use the"
            f" version that made it ({header.get('version')})"
        )
    return header


def extract_archive(
    plain: Path, path: Path, place_of: Callable[[PurePosixPath], Path | None]
) -> dict[str, Any]:
    """Read all of it, comparing each sum, and write what `place_of` has a place for. Returns the manifest. Raises
    BadBackup; what was written by then is the caller's to remove."""
    found: dict[str, tuple[int, str]] = {}
    manifest: dict[str, Any] | None = None
    with _reading(plain, path) as tar:
        for entry in tar:
            if not entry.isreg() or entry.name in found:
                raise BadBackup(f"{path} is damaged: {entry.name} is not a file of its own")
            if entry.name == MANIFEST:
                manifest = _from_json(tar, entry, path)
                continue
            name = PurePosixPath(entry.name)
            if name.is_absolute() or ".." in name.parts:
                raise BadBackup(f"{path} is damaged: {entry.name} would lie elsewhere")
            found[entry.name] = (entry.size, _extract_file(tar, entry, place_of(name)))
    if manifest is None:
        raise BadBackup(f"{path} is cut: its end is missing")
    listed = {item["name"]: (item["size"], item["sha256"]) for item in manifest["files"]}
    if listed != found:
        wrong = sorted(name for name in listed.keys() | found.keys() if listed.get(name) != found.get(name))
        raise BadBackup(f"{path} is damaged: {wrong[0]} is not what was written")
    return manifest


def _extract_file(tar: tarfile.TarFile, entry: tarfile.TarInfo, target: Path | None) -> str:
    source = tar.extractfile(entry)
    assert source is not None, "it is a regular file"
    sha256 = hashlib.sha256()
    if target is None:
        while data := source.read(CHUNK):
            sha256.update(data)
        return sha256.hexdigest()
    target.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while data := source.read(CHUNK):
            sha256.update(data)
            file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return sha256.hexdigest()


@contextmanager
def _reading(plain: Path, path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with gzip.open(plain, "rb") as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
            yield tar
            # To the very end, where gzip compares its own sum.
            while stream.read(CHUNK):
                pass
    except UNREADABLE as error:
        raise BadBackup(f"{path} is cut or damaged: {error}") from None


def _from_json(tar: tarfile.TarFile, entry: tarfile.TarInfo, path: Path) -> dict[str, Any]:
    source = tar.extractfile(entry)
    try:
        content = json.loads(b"" if source is None else source.read(MOST_JSON))
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise BadBackup(f"{path} is damaged: {entry.name} cannot be read")
    return content


def _to_json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, indent=1, ensure_ascii=False).encode()

"""Writing a batch of evidence: the files of the interchange and what the batch says of itself."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from register.refusal import Refusal


class DataNotGiven(Refusal):
    """A published data set was asked for, but the folder lacks it; the sentence says which."""


@dataclass(frozen=True, kw_only=True)
class About:
    """What a batch says of itself; `simulated` names each made-up column as `file.column`."""

    source: str
    title: str
    origin: str
    citation: str
    simulated: tuple[str, ...] = ()
    note: str


def published(data: Path | None, name: str) -> Path:
    """The folder of one published data set within the folder of data sets that the user gave."""
    if data is None or not (data / name).is_dir():
        raise DataNotGiven(
            f"This batch is made from the published data set '{name}'; "
            f"give a folder of data sets that has a subfolder of that name (given: {data})."
        )
    return data / name


def uid(source: str, name: str) -> str:
    """A DICOM identifier, always the same, for an examination published without one (2.25 form)."""
    digest = hashlib.sha256(f"{source}/{name}".encode()).hexdigest()
    return f"2.25.{int(digest[:32], 16)}"


def uids(source: str, names: "pd.Series[str]") -> "pd.Series[str]":
    """`uid` of each name."""
    return names.map(lambda name: uid(source, name))


def write_batch(folder: Path, about: About, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write each table as `NAME.csv` and the description as `batch.yaml`; moments are written in
    UTC.

    A batch whose origin is `simulated` lists all its columns as simulated.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.apply(_as_written).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    said = asdict(about)
    said["simulated"] = list(about.simulated)
    if about.origin == "simulated":
        said["simulated"] = [f"{name}.{column}" for name in tables for column in tables[name]]
    text = yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=100)
    (folder / "batch.yaml").write_text(text, encoding="utf-8")


def _as_written(column: "pd.Series[Any]") -> "pd.Series[Any]":
    if not pd.api.types.is_datetime64_any_dtype(column):
        return column
    moments = column.to_numpy(dtype="datetime64[s]")
    texts = np.char.add(np.datetime_as_string(moments, unit="s"), "+00:00")
    return pd.Series(np.where(np.isnat(moments), "", texts), index=column.index, dtype=object)

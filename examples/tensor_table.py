"""One Parquet table of all tensors of a folder or bucket of models, made by Dask in parallel.

    pip install 'pymp4-nnr[dask]'
    python examples/tensor_table.py models/ tensors.parquet --workers 4
    python examples/tensor_table.py s3://bucket/models tensors.parquet    # with s3fs

Of each model only the boxes and, where it has no index, the headers of its tensors are read. A
model that cannot be read has one row, which says why.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import dask.bag
import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from distributed import Client, LocalCluster

import pymp4_nnr

SUFFIXES = (".mp4", ".m4s", ".nnr", ".nnc")
RANGE = pa.struct([("offset", pa.int64()), ("size", pa.int64())])
SCHEMA = pa.schema(
    [
        ("model", pa.string()),
        ("network", pa.string()),
        ("track_id", pa.int64()),
        ("name", pa.string()),
        ("dimensions", pa.list_(pa.int64())),
        ("size", pa.int64()),
        ("byte_ranges", pa.list_(RANGE)),
        ("error", pa.string()),
    ]
)


def models(folder: str) -> list[str]:
    """The models in a folder or bucket, as paths or URLs."""
    files, path = fsspec.url_to_fs(folder)
    names = sorted(name for name in files.find(path) if name.endswith(SUFFIXES))
    return names if "://" not in folder else [files.unstrip_protocol(name) for name in names]


def rows(model: str) -> Iterator[dict[str, Any]]:
    """A row for each tensor of a model."""
    try:
        with pymp4_nnr.open(model) as file:
            for network in file.networks:
                for tensor in network.tensors.values():
                    yield {
                        "model": model,
                        "network": network.name,
                        "track_id": network.track_id,
                        "name": tensor.name.encode("utf-8", "backslashreplace").decode(),
                        "dimensions": tensor.dimensions,
                        "size": tensor.size,
                        "byte_ranges": [place._asdict() for place in tensor.byte_ranges],
                    }
    except (pymp4_nnr.NNRError, OSError) as error:
        yield {"model": model, "error": f"{type(error).__name__}: {error}"}


def table(some: Iterable[str]) -> list[pa.Table]:
    """The table of some models: what a worker makes of a partition."""
    return [pa.Table.from_pylist([row for model in some for row in rows(model)], schema=SCHEMA)]


def write_table(found: Sequence[str], target: str, workers: int) -> tuple[int, float]:
    """Write the table of all models, part after part.

    Returns:
        The number of rows, and the seconds that it took, without those for starting the workers.
    """
    parts = dask.bag.from_sequence(found, npartitions=min(len(found), workers * 8) or 1)
    written = 0
    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
        pq.ParquetWriter(target, SCHEMA) as writer,
    ):
        client.run(models, ".")  # each has imported what it needs
        start = time.perf_counter()
        for part in client.compute(parts.map_partitions(table).to_delayed()):
            [made] = part.result()
            writer.write_table(made)
            written += made.num_rows
        return written, time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", help="a folder, or a URL that fsspec knows")
    parser.add_argument("target", help="the Parquet file to write")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    arguments = parser.parse_args()
    found = models(arguments.folder)
    written, seconds = write_table(found, arguments.target, arguments.workers)
    rate = len(found) / seconds
    print(f"{len(found)} models, {written} rows, {rate:.0f} files/s, {arguments.workers} workers")


if __name__ == "__main__":
    main()

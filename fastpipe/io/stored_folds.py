"""The folds of a catalogue, read from its file one at a time: thousands of them do not fit in memory."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import h5py

from fastpipe.data.catalogue import Fold
from fastpipe.errors import FileFormatError
from fastpipe.io.file_stamps import FileStamp, stamp_files
from fastpipe.io.fold_group import read_fold
from fastpipe.io.hdf5_file import HDF5Kind, read_hdf5


class StoredFolds(Mapping[int, Fold]):
    """Folds by the number of their candidate.

    Parameters
    ----------
    path
        The catalogue.
    kind
        What its file is.
    cand_ids
        Numbers of the candidates that were folded.
    stamp
        Of the file when `cand_ids` were read from it.
    """

    def __init__(self, path: Path, kind: HDF5Kind, cand_ids: Iterable[int], stamp: FileStamp) -> None:
        self._path = path
        self._kind = kind
        self._cand_ids = dict.fromkeys(cand_ids)
        self._stamp = stamp

    def __getitem__(self, cand_id: int) -> Fold:
        """Read one fold.

        Raises
        ------
        KeyError
            If the candidate was not folded.
        FileFormatError
            If the file is damaged, or another one by now.
        InputMissingError
            If it has gone.
        """
        if cand_id not in self._cand_ids:
            raise KeyError(cand_id)
        if stamp_files([self._path])[0] != self._stamp:
            raise FileFormatError(
                f"found another file at {self._path} by now, expected the one that was opened; open it again"
            )

        def read(file: h5py.File) -> Fold:
            return read_fold(file["folds"][str(cand_id)])

        return read_hdf5(self._path, self._kind, read)

    def __contains__(self, cand_id: object) -> bool:
        return cand_id in self._cand_ids

    def __iter__(self) -> Iterator[int]:
        return iter(self._cand_ids)

    def __len__(self) -> int:
        return len(self._cand_ids)

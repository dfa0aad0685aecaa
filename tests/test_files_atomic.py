"""Files that are written whole or not at all."""

import os
import stat

import numpy as np
import pytest

import afmnn
from afmnn._files import atomic


def make(seed=1, window=(3, 3), hidden=2):
    rng = np.random.default_rng(seed)
    layers = (rng.normal(size=(hidden, 1 + window[0] * window[1])), rng.normal(size=(1, 1 + hidden)))
    return afmnn.Network(window, layers, afmnn.Scaling("robust", 0.0, 1.0, 0.0, 1.0))


def assert_same(one, other):
    for a, b in zip(one.layers, other.layers, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "net.npz"
    make().save(path)
    return path


def test_full_disk_leaves_the_old_file_and_nothing_else(saved):
    resource = pytest.importorskip("resource")
    before = saved.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for limit in (0, 100, 100_000):  # fails in the header, in the first array, at the last flush
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        try:
            with pytest.raises(OSError, match=r"nothing was written.*net\.npz") as caught:
                make(window=(50, 50), hidden=100).save(saved)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert caught.value.filename == str(saved)
        assert saved.read_bytes() == before
        assert os.listdir(saved.parent) == [saved.name]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_failure_at_the_end_leaves_the_old_file_and_nothing_else(saved, monkeypatch, call):
    before = saved.read_bytes()

    def fail(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, call, fail)
    with pytest.raises(OSError, match="No space left on device; nothing was written") as caught:
        make(seed=9).save(saved)
    assert caught.value.errno == 28
    monkeypatch.undo()
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]


def test_interruption_leaves_the_old_file_and_nothing_else(saved):
    before = saved.read_bytes()

    def interrupted():
        with atomic.atomic_writer(saved) as file:
            file.write(b"half")
            assert saved.read_bytes() == before
            assert len(os.listdir(saved.parent)) == 2
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]


def test_data_are_on_the_disk_before_the_name(saved, monkeypatch):
    calls = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(atomic.os, name, lambda *args, real=real, name=name: (calls.append(name), real(*args))[1])
    make(seed=9).save(saved)
    assert calls[:2] == ["fsync", "replace"]
    assert_same(afmnn.load(saved), make(seed=9))


def test_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing was written") as caught:
        make().save(tmp_path / "missing" / "net.npz")
    assert caught.value.filename == str(tmp_path / "missing" / "net.npz")
    with pytest.raises(IsADirectoryError):
        make().save(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_permissions_are_those_of_an_ordinary_file(tmp_path):
    def mode(name):
        return stat.S_IMODE(os.stat(tmp_path / name).st_mode)

    old = os.umask(0o027)
    try:
        make().save(tmp_path / "new")
        (tmp_path / "plain").write_bytes(b"")
        assert mode("new") == mode("plain") == 0o640
        os.chmod(tmp_path / "new", 0o606)
        make(seed=2).save(tmp_path / "new")
        assert mode("new") == 0o606
    finally:
        os.umask(old)


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_symbolic_link_stays_and_its_file_is_replaced(saved, tmp_path):
    (tmp_path / "folder").mkdir()
    link = tmp_path / "folder" / "link"
    link.symlink_to(saved)
    make(seed=2).save(link)
    assert link.is_symlink()
    assert_same(afmnn.load(saved), make(seed=2))
    assert os.listdir(tmp_path / "folder") == ["link"]


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="needs a device")
def test_device_is_not_replaced():
    with pytest.raises(OSError, match="not a regular file; nothing was written: '/dev/null'"):
        make().save("/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_file_that_must_not_be_written_is_not_replaced(saved, monkeypatch):
    """Renaming asks for the permission of the folder only; an ordinary write asks for that of the file."""
    before = saved.read_bytes()
    monkeypatch.setattr(atomic.os, "access", lambda path, mode: mode != os.W_OK or path != str(saved))
    with pytest.raises(PermissionError, match="nothing was written"):
        make(seed=2).save(saved)
    assert saved.read_bytes() == before


def test_leftovers_of_killed_processes_are_removed_and_files_being_written_stay(tmp_path):
    pytest.importorskip("fcntl")
    left = tmp_path / ".afmnn-0123456789abcdef.tmp"
    left.write_bytes(b"half")
    others = [tmp_path / ".afmnn-short.tmp", tmp_path / "mine.tmp", tmp_path / ".afmnn-0123456789abcdef.tmp.bak"]
    for path in others:
        path.touch()
    with atomic.atomic_writer(tmp_path / "a") as file:
        file.write(b"all")
        atomic.remove_leftovers(tmp_path)
        assert not left.exists()
        assert len(list(tmp_path.iterdir())) == 4  # the others, and what is being written
    assert (tmp_path / "a").read_bytes() == b"all"
    assert sorted(tmp_path.iterdir()) == sorted([*others, tmp_path / "a"])
    atomic.remove_leftovers(tmp_path / "none")


def test_writer_makes_a_new_file_where_its_own_was_removed_before_it_was_locked(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")
    lock, removed = fcntl.flock, []

    def meanwhile(file, how):
        if not removed:
            removed.extend(tmp_path.iterdir())
            removed[0].unlink()
        lock(file, how)

    monkeypatch.setattr(fcntl, "flock", meanwhile)
    with atomic.atomic_writer(tmp_path / "a") as file:
        file.write(b"all")
    assert len(removed) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"all"

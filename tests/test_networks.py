"""Networks by name: saved once, found everywhere, never lost, whatever other processes do."""

import os
import subprocess
import sys
import unicodedata
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest

import afmnn
from afmnn import networks
from afmnn._files import atomic
from afmnn.formats import gwyddion
from afmnn.networks import folders, store
from afmnn.networks.naming import is_name
from networks import some_network


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A store of one's own, which nobody has made yet, and a home without Gwyddion."""
    monkeypatch.setenv("AFMNN_NETWORKS", str(tmp_path / "store"))
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    return tmp_path / "store"


def make(seed=1, method="adam"):
    return some_network((3, 3), (2,), np.random.default_rng(seed), method)


def is_same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one.layers, other.layers, strict=True))


def mine():
    return [name for name in networks.names() if not name.startswith("universal") and not name.startswith("gwyddion:")]


def files(folder):
    return sorted(os.listdir(folder)) if folder.is_dir() else []


# --- a name does as well as a path


@pytest.mark.parametrize("name", ["de-noise", "De_Noise 2", "7", "größe", "x" * 60, "_"])
def test_a_network_comes_back_by_its_name(folder, name):
    net = make()
    path = networks.save(net, name)
    assert path == networks.path(name) == str(folder / f"{name}.npz")
    assert mine() == [name]
    assert files(folder) == [f"{name}.npz"]
    for again in (networks.load(name), afmnn.load(name), afmnn.load(path), afmnn.load(Path(path))):
        assert is_same(again, net)


def test_accents_may_be_typed_in_either_way(folder):
    networks.save(make(), unicodedata.normalize("NFD", "größe"))
    assert mine() == ["größe"]
    assert is_same(networks.load(unicodedata.normalize("NFC", "größe")), make())
    with pytest.raises(FileExistsError):
        networks.save(make(2), "größe")


@pytest.mark.parametrize("given", ["name", "path", "Path"])
def test_all_who_ask_for_a_network_take_its_name_or_file(rng, tmp_path, given):
    z = rng.normal(size=(24, 20))
    net = afmnn.train(z, z / 2, window=3, hidden=2, steps=1, seed=0)
    path = networks.save(net, "net")
    net_by = {"name": "net", "path": path, "Path": Path(path)}[given]
    np.testing.assert_array_equal(afmnn.apply(net_by, z), afmnn.apply(net, z))
    np.testing.assert_array_equal(afmnn.evaluate(net_by, z).cleaned, afmnn.evaluate(net, z).cleaned)
    further = {"steps": 1, "seed": 4}
    assert is_same(afmnn.train(z, z / 2, init=net_by, **further), afmnn.train(z, z / 2, init=net, **further))
    networks.save(net_by, "copy")
    assert is_same(networks.load("copy"), net)


def test_a_report_takes_a_name(rng, tmp_path):
    pytest.importorskip("matplotlib")
    networks.save(make(), "net")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", afmnn.UnfamiliarImageWarning)
        afmnn.report("net", rng.normal(size=(16, 16)), tmp_path / "page.html")
    assert b"window of 3 x 3 pixels" in (tmp_path / "page.html").read_bytes()


@pytest.mark.parametrize("text", ["net", "a b", "gwyddion:net", "gwyddion:net.2", "a*b", "", "a:b"])
def test_texts_that_are_names(text):
    assert is_name(text)


@pytest.mark.parametrize("text", ["net.npz", "./net", "a/b", "a\\b", "/net", "..", "a.b", Path("net")])
def test_texts_that_are_paths(text):
    assert not is_name(text)


def test_files_without_a_suffix_are_read_as_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make().save("net")
    for path in ("./net", Path("net")):
        assert is_same(afmnn.load(path), make())
    with pytest.raises(FileNotFoundError, match=r"no network of the name 'net'.*for the file in this folder say '\./net'"):
        afmnn.load("net")


def test_what_is_no_network_is_refused():
    for call in (lambda: afmnn.apply(3, np.eye(5)), lambda: networks.save(None, "a"), lambda: afmnn.train(1, 1, init=b"net")):
        with pytest.raises(TypeError, match=r"must be an afmnn\.Network, or the name or the file of one, got"):
            call()


# --- what there is


def test_an_unknown_name_is_told_what_there_is(folder):
    networks.save(make(), "de-noise")
    for name in ("de-nois", "De-Noise2", "denoise"):
        with pytest.raises(FileNotFoundError) as caught:
            afmnn.apply(name, np.eye(5))
        assert str(caught.value) == f"there is no network of the name '{name}'; near it is 'de-noise'; yours are in {folder}"
    with pytest.raises(FileNotFoundError, match="there are 'universal', 'universal-fine', 'de-noise'; yours"):
        networks.path("xyz")
    with pytest.raises(FileNotFoundError, match="near it are 'universal', 'universal-fine'"):
        afmnn.load("univrsal")
    with pytest.raises(FileNotFoundError):
        networks.load("a/b")


def test_many_names_are_not_all_listed():
    for i in range(20):
        networks.save(make(), f"net {i:02}")
    with pytest.raises(FileNotFoundError, match=r"there are 'universal', 'universal-fine', ('net \d\d', ){6}\.\.\.; yours"):
        networks.load("xyz")


def test_what_is_no_network_of_ours_is_not_listed(folder):
    networks.save(make(), "net")
    for name in (".afmnn-1234.tmp", "notes.txt", "a.b.npz", "universal.npz", "con.npz", ".npz", "-x.npz"):
        (folder / name).write_bytes(b"")
    (folder / "sub.npz").mkdir()
    assert mine() == ["net"]
    assert afmnn.load("universal").stages  # the package's, not the empty file


def test_a_damaged_file_is_said_to_be_damaged(folder):
    path = networks.save(make(), "net")
    Path(path).write_bytes(Path(path).read_bytes()[:-100])
    with pytest.raises(afmnn.FormatError, match=r"net\.npz"):
        afmnn.load("net")
    assert mine() == ["net"]
    networks.save(make(), "net", overwrite=True)
    assert is_same(afmnn.load("net"), make())


# --- names


BAD = ["", " ", "a ", " a", "-a", "a-", "a*", "a\nb", "a\0b", "a:b", "é" * 61, "a.b", "a/b", "..", "../a", "a\\b", "~", "$HOME"]


@pytest.mark.parametrize("name", BAD)
def test_names_that_are_none_are_refused(folder, name):
    with pytest.raises(ValueError, match="must be 1 to 60 letters, digits, '-', '_' and spaces"):
        networks.save(make(), name)
    assert not folder.exists()


@pytest.mark.parametrize("name", ["con", "NUL", "Com1", "lpt9"])
def test_names_of_devices_are_refused(folder, name):
    with pytest.raises(ValueError, match="name must not be that of a device of Windows"):
        networks.save(make(), name)
    assert not folder.exists()


@pytest.mark.parametrize("name", ["universal", "Universal", "universal-fine", "gwyddion:net"])
def test_only_names_of_ones_own_are_saved_renamed_and_deleted(name):
    networks.save(make(), "net")
    before = Path(networks.path("universal")).read_bytes()
    for call in (
        lambda: networks.save(make(), name, overwrite=True),
        lambda: networks.rename("net", name, overwrite=True),
        lambda: networks.rename(name, "mine"),
        lambda: networks.delete(name),
    ):
        with pytest.raises(ValueError, match=f"must be that of a network of yours, got '{name}', which "):
            call()
    assert Path(networks.path("universal")).read_bytes() == before
    assert mine() == ["net"]


@pytest.mark.parametrize("call", [networks.load, networks.path, networks.delete, lambda name: networks.save(make(), name)])
def test_names_are_text(call):
    with pytest.raises(TypeError, match="name must be text, got"):
        call(3)


# --- nothing is lost


def test_nothing_is_overwritten_without_being_asked(folder):
    networks.save(make(1), "net")
    networks.save(make(2), "other")
    for call in (lambda: networks.save(make(3), "net"), lambda: networks.rename("other", "net")):
        with pytest.raises(
            FileExistsError, match=r"a network of this name exists; overwrite=True \(--force\) replaces it: 'net'"
        ):
            call()
    assert is_same(networks.load("net"), make(1))
    networks.save(make(3), "net", overwrite=True)
    assert is_same(networks.load("net"), make(3))
    assert networks.rename("other", "net", overwrite=True) == networks.path("net")
    assert is_same(networks.load("net"), make(2))
    assert files(folder) == ["net.npz"]
    with pytest.raises(TypeError, match="overwrite must be True or False"):
        networks.save(make(3), "net", overwrite="yes")


def test_networks_are_renamed_and_deleted(folder):
    networks.save(make(), "net")
    assert networks.rename("net", "new") == str(folder / "new.npz")
    assert mine() == ["new"]
    assert is_same(networks.load("new"), make())
    networks.delete("new")
    assert files(folder) == []
    for call in (lambda: networks.rename("new", "net"), lambda: networks.delete("new")):
        with pytest.raises(FileNotFoundError, match="no network of the name 'new'"):
            call()


SAVE = """
import os, sys, time
from afmnn import networks
from afmnn.formats import npz
net = npz.read_network(sys.argv[1])
print(flush=True)
while not os.path.exists(sys.argv[2]):  # until all are ready
    pass
for i in range(20):
    try:
        networks.save(net, f"net {i}")
        print(i)
    except FileExistsError:
        pass
"""


def test_of_two_processes_that_save_one_name_one_is_refused(folder, tmp_path):
    sources = [tmp_path / f"{seed}.npz" for seed in (1, 2)]
    for seed, source in zip((1, 2), sources, strict=True):
        make(seed).save(source)
    processes = [
        subprocess.Popen([sys.executable, "-c", SAVE, str(source), str(tmp_path / "go")], stdout=subprocess.PIPE, text=True)
        for source in sources
    ]
    for each in processes:
        each.stdout.readline()
    (tmp_path / "go").touch()
    saved = [set(map(int, each.communicate(timeout=60)[0].split())) for each in processes]
    assert [each.returncode for each in processes] == [0, 0]
    assert saved[0].isdisjoint(saved[1])
    assert saved[0] | saved[1] == set(range(20))
    for seed, numbers in zip((1, 2), saved, strict=True):
        assert all(is_same(networks.load(f"net {i}"), make(seed)) for i in numbers)
    assert len(files(folder)) == 20


@pytest.mark.skipif(os.name == "nt", reason="links")
@pytest.mark.parametrize("links", [True, False])
def test_a_network_that_appears_at_the_last_moment_is_not_replaced(folder, monkeypatch, links):
    networks.save(make(1), "other")
    real = atomic.os.link

    def late(source, target, **options):
        if not os.path.exists(folder / "net.npz"):
            make(2).save(folder / "net.npz")
        if not links:
            raise PermissionError(1, "Operation not permitted")
        real(source, target, **options)

    monkeypatch.setattr(atomic.os, "link", late)
    for call in (lambda: networks.save(make(3), "net"), lambda: networks.rename("other", "net")):
        with pytest.raises(FileExistsError, match="a network of this name exists"):
            call()
        assert is_same(networks.load("net"), make(2))
        os.unlink(folder / "net.npz")
        assert files(folder) == ["other.npz"]


@pytest.mark.skipif(os.name == "nt", reason="links")
def test_where_there_are_no_links_all_goes_on(folder, monkeypatch):
    def refuse(*_, **__):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(atomic.os, "link", refuse)
    networks.save(make(1), "net")
    networks.rename("net", "new")
    assert is_same(networks.load("new"), make(1))
    with pytest.raises(FileExistsError):
        networks.save(make(2), "new")
    assert files(folder) == ["new.npz"]

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "replace", fail)
    with pytest.raises(OSError, match="No space left on device"):
        networks.save(make(2), "third")
    assert files(folder) == ["new.npz"]  # nor the empty file that held the name


@pytest.mark.skipif(os.name == "nt", reason="links")
def test_what_takes_the_old_name_while_a_network_is_renamed_stays(folder, monkeypatch):
    networks.save(make(1), "net")
    real = atomic.os.link

    def busy(source, target, **options):
        real(source, target, **options)
        if target.endswith("new.npz"):
            make(2).save(folder / "net.npz")

    monkeypatch.setattr(atomic.os, "link", busy)
    networks.rename("net", "new")
    assert is_same(networks.load("new"), make(1))
    assert is_same(networks.load("net"), make(2))
    assert files(folder) == ["net.npz", "new.npz"]


# --- a store that cannot be written


def test_a_full_disk_leaves_nothing(folder):
    resource = pytest.importorskip("resource")
    networks.save(make(), "net")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(OSError, match=r"nothing was written\. AFMNN_NETWORKS may name another folder") as caught:
            networks.save(make(2), "new")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.filename == str(folder / "new.npz")
    assert files(folder) == ["net.npz"]


@pytest.mark.parametrize("call", ["save", "rename"])
def test_a_store_that_must_not_be_written_to(folder, monkeypatch, call):
    networks.save(make(), "net")
    monkeypatch.setattr(store.os, "access", lambda path, mode: path != str(folder) or mode != os.W_OK)
    with pytest.raises(OSError, match=r"Permission denied; nothing was written\. AFMNN_NETWORKS may name another folder"):
        networks.save(make(2), "new") if call == "save" else networks.rename("net", "new")
    assert files(folder) == ["net.npz"]


def test_a_store_that_cannot_be_made(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("AFMNN_NETWORKS", str(tmp_path / "file" / "store"))
    with pytest.raises(OSError, match=r"Not a directory; nothing was written\. AFMNN_NETWORKS may name"):
        networks.save(make(), "net")
    with pytest.raises(FileNotFoundError, match="no network of the name 'net'; yours cannot be listed"):
        afmnn.load("net")
    assert afmnn.load("universal").stages


# --- where it is


def chosen(monkeypatch, **variables):
    for name in ("AFMNN_NETWORKS", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return folders.own_folder()


@pytest.mark.skipif(os.name == "nt", reason="folders of POSIX")
def test_the_folder_is_that_of_the_platform(monkeypatch):
    monkeypatch.setattr(folders.sys, "platform", "linux")
    assert chosen(monkeypatch, HOME="/home/me") == "/home/me/.local/share/afmnn/networks"
    assert chosen(monkeypatch, HOME="/home/me", XDG_DATA_HOME="/data") == "/data/afmnn/networks"
    assert chosen(monkeypatch, HOME="/home/me", XDG_DATA_HOME="data") == "/home/me/.local/share/afmnn/networks"
    assert chosen(monkeypatch, HOME="/home/me", AFMNN_NETWORKS="") == "/home/me/.local/share/afmnn/networks"
    assert chosen(monkeypatch, HOME="/home/me", AFMNN_NETWORKS="~/nets") == "/home/me/nets"
    assert chosen(monkeypatch, AFMNN_NETWORKS="nets") == os.path.abspath("nets")
    monkeypatch.setattr(folders.sys, "platform", "darwin")
    assert chosen(monkeypatch, HOME="/Users/me", XDG_DATA_HOME="/x") == "/Users/me/Library/Application Support/afmnn/networks"
    with monkeypatch.context() as windows:
        windows.setattr(folders.os, "name", "nt")
        found = chosen(windows, LOCALAPPDATA="/local")
    assert found == "/local/afmnn/networks"


def test_a_user_without_a_home_is_told_what_to_do(monkeypatch):
    monkeypatch.setattr(folders.os.path, "expanduser", lambda path: path)
    monkeypatch.delenv("AFMNN_NETWORKS")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    with pytest.raises(FileNotFoundError, match="has no home folder for networks; let AFMNN_NETWORKS name a folder"):
        networks.save(make(), "net")


def test_nothing_is_made_by_looking(folder, tmp_path):
    assert networks.names() == ["universal", "universal-fine"]
    with pytest.raises(FileNotFoundError):
        networks.load("net")
    assert not folder.exists()
    assert not (tmp_path / "home").exists()


# --- Gwyddion's


def test_networks_of_gwyddion_have_a_prefix():
    gwyddion.write_network(make(1, "gwyddion"), "my bumps.2", install=True)
    assert networks.names() == ["universal", "universal-fine", "gwyddion:my bumps.2"]
    assert is_same(afmnn.load("gwyddion:my bumps.2"), make(1, "gwyddion"))
    assert networks.path("gwyddion:my bumps.2") == os.path.join(gwyddion.networks_folder(), "my bumps.2")
    networks.save("gwyddion:my bumps.2", "bumps")
    assert is_same(networks.load("bumps"), make(1, "gwyddion"))
    outside = os.path.join("gwyddion:..", os.path.basename(gwyddion.networks_folder()), "my bumps.2")
    for name in ("gwyddion:bumps", outside, "gwyddion:", "gwyddion:."):
        with pytest.raises(FileNotFoundError, match="no network of the name"):
            afmnn.load(name)


def test_a_network_is_exported_to_gwyddion():
    networks.save(make(1, "gwyddion"), "bumps")
    path = networks.export("bumps")
    assert path == os.path.join(gwyddion.networks_folder(), "bumps")
    assert is_same(gwyddion.read_network(path), make(1, "gwyddion"))
    networks.save(make(2, "gwyddion"), "bumps", overwrite=True)
    with pytest.raises(FileExistsError, match="gwyddion:bumps"):
        networks.export("bumps")
    assert is_same(afmnn.load("gwyddion:bumps"), make(1, "gwyddion"))
    networks.export("bumps", "gwyddion", overwrite=True)
    assert is_same(afmnn.load("gwyddion:bumps"), make(2, "gwyddion"))


def test_what_cannot_be_exported_is_refused(tmp_path):
    networks.save(make(), "net")
    for call, words in (
        (lambda: networks.export("universal"), "network cannot be written for Gwyddion, whose format has no"),
        (lambda: networks.export("net"), "no networks of method 'adam'"),
        (lambda: networks.export("net", to="onnx"), "to must be one of 'gwyddion', got 'onnx'"),
    ):
        with pytest.raises(ValueError, match=words):
            call()
    assert not (tmp_path / "home").exists()
    gwyddion.write_network(make(1, "gwyddion"), "bumps", install=True)
    with pytest.raises(ValueError, match="which Gwyddion has not stored, got 'gwyddion:bumps'"):
        networks.export("gwyddion:bumps")


# --- those that come with the package


@pytest.mark.parametrize("name", ["universal", "universal-fine"])
def test_they_are_small_and_say_how_they_were_made(name):
    net, path = afmnn.load(name), networks.path(name)
    assert os.path.dirname(path).startswith(os.path.dirname(afmnn.__file__))
    assert os.path.getsize(path) < 400_000
    assert net.dtype == np.float32
    record = net.training
    assert record["name"] == name
    assert record["scene"] == "default_scene()"
    assert {"version", "seed", "steps", "steps_of_stages", "preset"} <= record.keys()
    with zipfile.ZipFile(path) as archive:  # so that its bytes are the same whoever makes it, and whenever
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("name", ["universal", "universal-fine"])
def test_they_clean_what_no_one_has_trained_them_on(name):
    ideal = afmnn.synth.objects((96, 96), kind="doughnut", radius=12, height=80e-9, coverage=0.7, seed=3)
    noisy = ideal + afmnn.synth.noise(ideal.shape, rms=8e-9, seed=4) + afmnn.synth.line_steps(ideal.shape, rms=10e-9, seed=5)
    clean = afmnn.apply(name, noisy)
    before, after = (afmnn.metrics.rms_error(image, ideal) for image in (noisy, clean))
    assert after < 0.6 * before

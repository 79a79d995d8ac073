"""Zip files: a bundle comes back as it was, and nothing hostile lands anywhere."""

import stat
import zipfile

import pytest
from tests.results.publication.published import RING, write_level

from walras.errors import BadInput
from walras.results.publication import pack, unpack, verify


def refused(archive, folder, **more):
    folder.mkdir(exist_ok=True)
    with pytest.raises(BadInput) as caught:
        unpack(archive, folder, **more)
    return {m.rule for m in caught.value.mistakes}


def zipped(path, *entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in entries:
            out.writestr(name, content)
    return path


def test_a_zip_of_a_bundle_verifies_and_is_the_same_twice(tmp_path):
    bundle = write_level(tmp_path / "b", "public")
    pack(bundle, tmp_path / "one.zip")
    pack(bundle, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert verify(tmp_path / "one.zip", RING).is_ok
    with pytest.raises(BadInput, match="place_free"):
        pack(bundle, tmp_path / "one.zip")


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "C:evil", "a\\..\\evil", "./evil", "a\nb"])
def test_paths_out_of_the_folder_are_refused(tmp_path, name):
    assert refused(zipped(tmp_path / "z.zip", ("good", b"1"), (name, b"2")), tmp_path / "in") == {"zip_path"}
    assert list((tmp_path / "in").iterdir()) == []
    assert not (tmp_path / "evil").exists()


def test_a_bomb_is_refused_before_it_grows(tmp_path):
    bomb = zipped(tmp_path / "z.zip", ("manifest.json", bytes(8 * 2**20)))
    assert refused(bomb, tmp_path / "in") == {"zip_size"}
    assert list((tmp_path / "in").iterdir()) == []


def test_many_small_files_and_many_bytes_are_refused(tmp_path):
    many = zipped(tmp_path / "m.zip", *((str(n), b"") for n in range(1001)))
    assert refused(many, tmp_path / "in") == {"zip_size"}
    large = zipped(tmp_path / "l.zip", ("a", b"123456"), ("b", b"123456"))
    assert refused(large, tmp_path / "in", most_bytes=10) == {"zip_size"}


def test_a_size_that_lies_is_found(tmp_path):
    archive = zipped(tmp_path / "z.zip", ("a", bytes(100_000)))
    content = archive.read_bytes()
    size = (100_000).to_bytes(4, "little")
    assert content.count(size) == 2
    archive.write_bytes(content.replace(size, (10).to_bytes(4, "little")))
    assert refused(archive, tmp_path / "in") <= {"zip_size", "zip_readable"}


def test_links_and_doubles_are_refused(tmp_path):
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert refused(zipped(tmp_path / "l.zip", (link, b"/etc/hosts")), tmp_path / "in") == {"zip_plain"}
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = zipped(tmp_path / "d.zip", ("a", b"1"), ("a", b"2"))
    assert refused(twice, tmp_path / "in") == {"zip_once"}
    assert refused(zipped(tmp_path / "c.zip", ("a", b"1"), ("A", b"2")), tmp_path / "in") == {"zip_once"}


def test_what_is_no_zip_is_refused(tmp_path):
    (tmp_path / "z.zip").write_bytes(b"PK no zip")
    assert refused(tmp_path / "z.zip", tmp_path / "in") == {"zip_readable"}

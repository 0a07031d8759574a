"""Builds the package with libkloyst inside.

From a checkout the C sources of the native module are generated (SWIG is brought when the system's is too old); an sdist carries
them and the library's sources, so that it needs neither SWIG nor anything of the network: gcc, make, awk, pkg-config and the headers of
libpq, libsodium, libcurl and cJSON. $KLOYST_BUILD names a directory in which make has built before.

An editable install is of what `make bindings-python` makes in the checkout's build directory, for most of the package is generated: it
follows a change when that has been run again.
"""

import atexit
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py
from setuptools.command.editable_wheel import editable_wheel
from setuptools.command.sdist import sdist

HERE = pathlib.Path(__file__).resolve().parent
# What an sdist carries of the library's tree, and what is generated from it.
CARRIED = HERE / "libkloyst"
GENERATED = HERE / "generated"
ROOT = CARRIED if CARRIED.exists() else HERE.parents[1]
TREE = ["Makefile", "LICENSE", "include", "lib", "pkgconfig", "bindings/bindings.mk", "bindings/swig"]
TREE += ["tools/sql2c.awk", "tools/exports.awk"]
WRITTEN = ["calls.c", "calls.h", "calls_arguments.h", "python_wrap.c", "python/kloyst/_records.py", "python/kloyst/_native.pyi"]
SOURCES = ["call.c", "special.c", "python_values.c", "python_inputs.c", "python_objects.c", "python_queue.c"]

# Nothing is left in the checkout.
scratch = tempfile.mkdtemp(prefix="kloyst-build-")
atexit.register(shutil.rmtree, scratch, True)
made = os.environ.get("KLOYST_BUILD") or os.path.join(scratch, "make")


def make(*targets):
    """Makes files of the library's tree."""
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    command = ["make", "-C", str(ROOT), f"-j{os.cpu_count() or 1}", f"BUILD={os.path.abspath(made)}", f"PYTHON={sys.executable}"]
    # What make says is not the answer of a build hook.
    subprocess.run([*command, *targets], check=True, env=environment, stdout=sys.stderr)


def generated():
    """The folder with the generated sources."""
    if GENERATED.exists():
        return GENERATED
    folder = pathlib.Path(made).resolve() / "bindings"
    make(str(folder / "python_wrap.c"))
    return folder


def version():
    header = (ROOT / "include/kloyst/version.h").read_text(encoding="utf-8")
    return re.search(r'^#define KL_VERSION "(.*)"', header, re.MULTILINE).group(1)


def pkg_config(flag):
    libraries = ["libpq", "libcjson", "libsodium", "libcurl"]
    return subprocess.check_output(["pkg-config", flag, *libraries], text=True).split()


class Package(build_py):
    """What is written by hand, with its twins, and what is generated."""

    def run(self):
        if self.editable_mode:
            return
        target = pathlib.Path(self.build_lib) / "kloyst"
        subprocess.run([sys.executable, str(HERE / "generate"), str(HERE / "kloyst"), str(target)], check=True)
        for name in ("_records.py", "_native.pyi"):
            shutil.copy(generated() / "python/kloyst" / name, target / name)


class Module(build_ext):
    """The native module, with the static library inside."""

    def run(self):
        if not self.editable_mode:
            super().run()

    def build_extension(self, extension):
        archive = pathlib.Path(made).resolve() / "libkloyst.a"
        make(str(archive))
        folder = generated()
        swig = ROOT / "bindings/swig"
        extension.sources = [str(swig / name) for name in SOURCES] + [str(folder / name) for name in ("calls.c", "python_wrap.c")]
        extension.include_dirs = [str(ROOT / "include"), str(swig), str(folder)]
        extension.extra_objects = [str(archive)]
        extension.extra_compile_args = ["-std=c11", "-pthread", "-fvisibility=hidden", *pkg_config("--cflags")]
        # Only what Python looks for by name may be seen.
        extension.extra_link_args = ["-pthread", "-Wl,--exclude-libs,ALL", "-Wl,-z,relro", "-Wl,-z,now", *pkg_config("--libs")]
        super().build_extension(extension)


class Editable(editable_wheel):
    """The package is where make makes it."""

    def finalize_options(self):
        global made
        if CARRIED.exists():
            sys.exit("an editable install is of a checkout, not of an sdist")
        made = os.environ.get("KLOYST_BUILD") or str(ROOT / "build")
        package = pathlib.Path(made).resolve() / "bindings/python/kloyst"
        self.distribution.package_dir = {"kloyst": os.path.relpath(package, HERE)}
        super().finalize_options()

    def run(self):
        make("bindings-python")
        super().run()


class Source(sdist):
    """The library's sources and the generated ones go along."""

    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        base = pathlib.Path(base_dir)
        ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
        for name in ["kloyst", "generate", "README.md", "setup.py", "pyproject.toml"]:
            copy(HERE / name, base / name, ignore)
        copy(ROOT / "LICENSE", base / "LICENSE", ignore)
        for name in TREE:
            copy(ROOT / name, base / "libkloyst" / name, ignore)
        for name in WRITTEN:
            copy(generated() / name, base / "generated" / name, ignore)


def copy(source, target, ignore):
    target.parent.mkdir(parents=True, exist_ok=True)
    # Links of the release tree would lead back to the sources.
    if target.exists() and not target.is_dir():
        target.unlink()
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=ignore)
    else:
        shutil.copy2(source, target)


setup(
    version=version(),
    packages=["kloyst"],
    cmdclass={"build_py": Package, "build_ext": Module, "editable_wheel": Editable, "sdist": Source},
    ext_modules=[
        Extension(
            "kloyst._native",
            sources=[],
            define_macros=[("Py_LIMITED_API", "0x03090000"), ("_GNU_SOURCE", None)],
            py_limited_api=True,
        )
    ],
    options={
        "bdist_wheel": {"py_limited_api": "cp39"},
        "build": {"build_base": os.path.join(scratch, "build")},
        "egg_info": {"egg_base": scratch},
    },
    zip_safe=False,
)

# The build of libkloyst: one file, not recursive; everything made goes to $(BUILD).
# `make help` lists the targets. BUILD=/tmp/mine builds somewhere else.

.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := all
SHELL := /bin/sh
# Sorting and character classes must not depend on who builds.
export LC_ALL := C

# --- what a packager may set -------------------------------------------------
ifeq ($(origin CC),default)
CC := gcc
endif
AR ?= ar
AWK ?= awk
OBJCOPY ?= objcopy
PKG_CONFIG ?= pkg-config
INSTALL ?= install
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
BUILD ?= build

# --- what the code needs, whatever the packager sets -------------------------
REQUIRES := libpq libcjson libsodium libcurl
# Asked once, and only when something is compiled: `make check` may have to
# install pkg-config and the libraries first.
once = $(eval $1 := $(shell $2))$($1)
REQUIRES_CFLAGS = $(call once,REQUIRES_CFLAGS,$(PKG_CONFIG) --cflags $(REQUIRES))
REQUIRES_LIBS = $(call once,REQUIRES_LIBS,$(PKG_CONFIG) --libs $(REQUIRES))
CHECK_CFLAGS = $(call once,CHECK_CFLAGS,$(PKG_CONFIG) --cflags check)
CHECK_LIBS = $(call once,CHECK_LIBS,$(PKG_CONFIG) --libs check)
HTTPD_CFLAGS = $(call once,HTTPD_CFLAGS,$(PKG_CONFIG) --cflags libmicrohttpd)
HTTPD_LIBS = $(call once,HTTPD_LIBS,$(PKG_CONFIG) --libs libmicrohttpd)

STRICT := $(filter-out 0 false no,$(firstword $(CI) $(WERROR)))
WARNINGS := -Wall -Wextra -Wpedantic $(if $(STRICT),-Werror)
LANGUAGE := -std=c11 -D_GNU_SOURCE -pthread $(WARNINGS)
LIBRARY_FLAGS := $(LANGUAGE) -fPIC -fvisibility=hidden -Iinclude -Ilib -I$(BUILD)/gen
TEST_FLAGS := $(LANGUAGE) -Itests -Iinclude -Ilib -I$(BUILD)/gen
SANITIZE := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all

# --- version: written once, in the header ------------------------------------
version_part = $(shell sed -n 's/^\#define KL_VERSION_$1 //p' include/kloyst/version.h)
MAJOR := $(call version_part,MAJOR)
VERSION := $(MAJOR).$(call version_part,MINOR).$(call version_part,PATCH)
# The ABI's number, apart from the version: it changes when an old program would break.
SOVERSION := 0
SONAME := libkloyst.so.$(SOVERSION)
SHARED := libkloyst.so.$(SOVERSION).$(call version_part,MINOR).$(call version_part,PATCH)

# --- what there is -----------------------------------------------------------
LAYERS := base crypto pg repo core meta engine api
SOURCES := $(sort $(foreach layer,$(LAYERS),$(wildcard lib/$(layer)/*.c)))
HEADERS := $(sort $(wildcard include/kloyst/*.h))
SQL := $(sort $(foreach depth,* */* */*/*,$(wildcard lib/sql/$(depth).sql)))
CLI := $(sort $(wildcard bindings/cli/*.c))
EXAMPLES := $(sort $(wildcard examples/*.c))
HARNESS := $(sort $(wildcard tests/harness/*.c) $(wildcard tests/standin/standin_client.c))
STANDIN := $(sort $(filter-out tests/standin/standin_client.c,$(wildcard tests/standin/*.c)))
FUZZ := $(sort $(wildcard tests/fuzz/*.c))
UNIT := $(sort $(wildcard tests/unit/test_*.c))
INTEGRATION := $(sort $(wildcard tests/integration/test_*.c))

# What tells other builds how to use the library.
FOR_BUILDS := kloyst.pc kloyst-config.cmake kloyst-config-version.cmake
CMAKEDIR = $(LIBDIR)/cmake/kloyst

EXAMPLE_PROGRAMS := $(EXAMPLES:%.c=$(BUILD)/%)
CLI_PROGRAM := $(BUILD)/kloyst
COMPLETIONS := $(BUILD)/completion/kloyst $(BUILD)/completion/_kloyst
STANDIN_PROGRAM := $(BUILD)/tests/graph-standin

# --- the usual targets -------------------------------------------------------
.PHONY: all lib cli examples help setup check check-docs check-pooler check-unit check-integration check-newest check-architecture check-python check-node demo
.PHONY: install uninstall dist clean bench-campaign bench-import bench-send bench-wallet bench-webhook force
.PHONY: fuzz fuzz-programs unit-programs integration-programs test-programs sanitize-programs

all: lib cli examples ## the libraries, the program and the examples (default)

lib: $(BUILD)/libkloyst.so $(BUILD)/libkloyst.a $(FOR_BUILDS:%=$(BUILD)/%) ## shared and static library

cli: $(CLI_PROGRAM) $(COMPLETIONS) ## the program kloyst, and its completion for shells

examples: $(EXAMPLE_PROGRAMS) ## the examples, linked with the shared library

help: ## this list
	@sed -n 's/^\([a-z -]*\):.*## /\1\t/p' Makefile | expand -t 24

# --- generated code ----------------------------------------------------------
# "force" unless a file holds this text already: what is not seen in a time stamp, a
# removed source or other flags, must make things again too. $1 file, $2 text
force_unless = $(if $(subst <$(strip $(file <$1))>,,<$(strip $2)>),force)

$(BUILD)/gen/sql.files: $(call force_unless,$(BUILD)/gen/sql.files,$(SQL))
	@mkdir -p $(@D)
	@echo '$(SQL)' > $@

$(BUILD)/gen/sql.h: $(SQL) $(BUILD)/gen/sql.files tools/sql2c.awk
	@$(AWK) -f tools/sql2c.awk -v output=header -v root=lib/sql $(SQL) > $@.tmp
	@mv $@.tmp $@

$(BUILD)/gen/sql.c: $(SQL) $(BUILD)/gen/sql.files tools/sql2c.awk
	@$(AWK) -f tools/sql2c.awk -v output=source -v root=lib/sql $(SQL) > $@.tmp
	@mv $@.tmp $@

$(BUILD)/gen/exports: $(HEADERS) tools/exports.awk
	@mkdir -p $(@D)
	@$(AWK) -f tools/exports.awk $(HEADERS) | sort > $@.tmp
	@mv $@.tmp $@

$(BUILD)/gen/kloyst.map: $(BUILD)/gen/exports
	@{ echo 'KLOYST_$(SOVERSION) { global:'; sed 's/$$/;/' $<; echo 'local: *; };'; } > $@.tmp
	@mv $@.tmp $@

# --- objects: the same rules for each variant --------------------------------
# $1 variant, $2 flags that replace nothing of the packager's and come last
define variant
OBJECTS_$1 := $$(SOURCES:%.c=$$(BUILD)/$1/%.o) $$(BUILD)/$1/gen/sql.o
HARNESS_$1 := $$(HARNESS:%.c=$$(BUILD)/$1/%.o)
UNIT_$1 := $$(UNIT:%.c=$$(BUILD)/$1/%)
INTEGRATION_$1 := $$(INTEGRATION:%.c=$$(BUILD)/$1/%)
PROGRAMS_$1 := $$(UNIT_$1) $$(INTEGRATION_$1)

FLAGS_$1 := $$(CC) $$(LIBRARY_FLAGS) $$(CPPFLAGS) $$(CFLAGS) $2
$$(BUILD)/$1/flags: $$(call force_unless,$$(BUILD)/$1/flags,$$(FLAGS_$1))
	$$(shell mkdir -p $$(@D))$$(file >$$@,$$(FLAGS_$1))

$$(BUILD)/$1/objects: $$(call force_unless,$$(BUILD)/$1/objects,$$(OBJECTS_$1))
	$$(shell mkdir -p $$(@D))$$(file >$$@,$$(OBJECTS_$1))

$$(BUILD)/$1/lib/%.o: lib/%.c $$(BUILD)/$1/flags | $$(BUILD)/gen/sql.h
	@mkdir -p $$(@D)
	$$(CC) $$(LIBRARY_FLAGS) $$(REQUIRES_CFLAGS) $$(CPPFLAGS) $$(CFLAGS) $2 -MMD -MP -c -o $$@ $$<

# SQL texts are longer than the 4095 bytes that C11 promises.
$$(BUILD)/$1/gen/sql.o: $$(BUILD)/gen/sql.c $$(BUILD)/gen/sql.h $$(BUILD)/$1/flags
	@mkdir -p $$(@D)
	$$(CC) $$(LIBRARY_FLAGS) $$(CPPFLAGS) $$(CFLAGS) $2 -Wno-overlength-strings -c -o $$@ $$<

$$(BUILD)/$1/tests/%.o: tests/%.c $$(BUILD)/$1/flags | $$(BUILD)/gen/sql.h
	@mkdir -p $$(@D)
	$$(CC) $$(TEST_FLAGS) $$(CHECK_CFLAGS) $$(HTTPD_CFLAGS) $$(REQUIRES_CFLAGS) $$(CPPFLAGS) $$(CFLAGS) $2 -MMD -MP -c -o $$@ $$<

# Tests see the insides: the plain objects, not the library with its hidden names.
$$(BUILD)/$1/libinternal.a: $$(OBJECTS_$1) $$(BUILD)/$1/objects
	@rm -f $$@
	$$(AR) rcsD $$@ $$(OBJECTS_$1)

$$(PROGRAMS_$1): %: %.o $$(HARNESS_$1) $$(BUILD)/$1/libinternal.a
	$$(CC) $$(CFLAGS) $2 $$(LDFLAGS) -pthread -o $$@ $$^ $$(CHECK_LIBS) -Wl,--as-needed $$(HTTPD_LIBS) $$(REQUIRES_LIBS)

.PRECIOUS: $$(PROGRAMS_$1:=.o)
-include $$(OBJECTS_$1:.o=.d) $$(HARNESS_$1:.o=.d) $$(PROGRAMS_$1:=.d)
endef

$(eval $(call variant,release,))
$(eval $(call variant,sanitize,$(SANITIZE)))

unit-programs: $(UNIT_release)
integration-programs: $(INTEGRATION_release)
test-programs: $(PROGRAMS_release) ## the test programs
sanitize-programs: $(PROGRAMS_sanitize) ## the same with address and undefined-behaviour sanitizers

# --- libraries ---------------------------------------------------------------
$(BUILD)/$(SHARED): $(OBJECTS_release) $(BUILD)/release/objects $(BUILD)/gen/kloyst.map
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -pthread -Wl,-soname,$(SONAME) -Wl,--version-script,$(BUILD)/gen/kloyst.map \
	    -Wl,-z,defs -Wl,-z,relro -Wl,-z,now -o $@ $(OBJECTS_release) $(REQUIRES_LIBS)

$(BUILD)/$(SONAME): $(BUILD)/$(SHARED)
	@ln -sf $(SHARED) $@

$(BUILD)/libkloyst.so: $(BUILD)/$(SONAME)
	@ln -sf $(SONAME) $@

# One object whose hidden names are local, so that a program linked statically
# cannot clash with the library's own `buffer_append`.
$(BUILD)/libkloyst.a: $(OBJECTS_release) $(BUILD)/release/objects
	$(CC) $(CFLAGS) $(if $(findstring -flto,$(CFLAGS)),-flinker-output=nolto-rel) -r -nostdlib -o $(BUILD)/kloyst.o $(OBJECTS_release)
	$(OBJCOPY) --localize-hidden $(BUILD)/kloyst.o
	@rm -f $@
	$(AR) rcsD $@ $(BUILD)/kloyst.o

$(BUILD)/kloyst.pc: pkgconfig/kloyst.pc.in include/kloyst/version.h Makefile force
	@mkdir -p $(@D)
	@sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR:$(PREFIX)/%=$${prefix}/%)|' \
	    -e 's|@INCLUDEDIR@|$(INCLUDEDIR:$(PREFIX)/%=$${prefix}/%)|' -e 's|@VERSION@|$(VERSION)|' \
	    -e 's|@REQUIRES@|$(REQUIRES)|' $< > $@

# Found from where the file itself lies, so that the whole tree can be moved.
$(BUILD)/%.cmake: pkgconfig/%.cmake.in include/kloyst/version.h Makefile force
	@mkdir -p $(@D)
	@sed -e "s|@INCLUDEDIR@|$$(realpath -m --relative-to=$(CMAKEDIR) $(INCLUDEDIR))|" -e 's|@VERSION@|$(VERSION)|' \
	    -e 's|@SONAME@|$(SONAME)|' -e 's|@REQUIRES@|$(REQUIRES)|' $< > $@

# --- the program ---------------------------------------------------------------
# With the static library inside, so that it runs from wherever it is installed.
$(CLI_PROGRAM): $(CLI) $(wildcard bindings/cli/*.h) $(HEADERS) $(BUILD)/libkloyst.a
	$(CC) $(LANGUAGE) -Iinclude $(HTTPD_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $(CLI) $(BUILD)/libkloyst.a \
	    $(REQUIRES_LIBS) $(HTTPD_LIBS)

$(BUILD)/completion/kloyst: $(CLI_PROGRAM)
	@mkdir -p $(@D)
	$(CLI_PROGRAM) completion bash > $@

$(BUILD)/completion/_kloyst: $(CLI_PROGRAM)
	@mkdir -p $(@D)
	$(CLI_PROGRAM) completion zsh > $@

# With sanitizers, for its tests with sanitizers.
$(BUILD)/sanitize/kloyst: $(CLI) $(wildcard bindings/cli/*.h) $(HEADERS) $(OBJECTS_sanitize) $(BUILD)/sanitize/objects
	$(CC) $(CFLAGS) -r -nostdlib -o $@.o $(OBJECTS_sanitize)
	$(OBJCOPY) --localize-hidden $@.o
	$(CC) $(LANGUAGE) -Iinclude $(HTTPD_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $(CLI) $@.o \
	    $(REQUIRES_LIBS) $(HTTPD_LIBS)

# Its tests run it.
tests_of_program = $(foreach program,$1,$(if $(findstring /test_cli_,$(program)),$(program)))
$(call tests_of_program,$(PROGRAMS_release)): | $(CLI_PROGRAM)
$(call tests_of_program,$(PROGRAMS_sanitize)): | $(BUILD)/sanitize/kloyst

# --- the binary interface of the last release ----------------------------------
.PHONY: abi-dump
abi-dump: setup ## write the binary interface down, for a release (docs/abi.md)
	+@$(MAKE) --no-print-directory lib
	tools/abi dump $(BUILD)/libkloyst.so include/kloyst abi/libkloyst.abi

# --- the modules of Python and Node ----------------------------------------------
include bindings/bindings.mk

# --- examples and the stand-in for Meta's Graph API --------------------------
uses_httpd = $(shell grep -l microhttpd.h $1)

$(EXAMPLE_PROGRAMS): $(BUILD)/%: %.c $(HEADERS) $(BUILD)/libkloyst.so
	@mkdir -p $(@D)
	$(CC) $(LANGUAGE) -Iinclude $(if $(call uses_httpd,$<),$(HTTPD_CFLAGS)) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< \
	    -L$(BUILD) -lkloyst -Wl,-rpath,'$$ORIGIN/..' $(if $(call uses_httpd,$<),$(HTTPD_LIBS))

$(STANDIN_PROGRAM): $(STANDIN:%.c=$(BUILD)/release/%.o)
	$(if $(STANDIN),,$(error tests/standin holds no source of the Graph stand-in))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ $(HTTPD_LIBS) $(REQUIRES_LIBS)

-include $(STANDIN:%.c=$(BUILD)/release/%.d)

# --- documents -----------------------------------------------------------------
REFERENCE := $(wildcard tools/reference/*.py) bindings/swig/generator/headers.py
MAN3 := kloyst.3 $(patsubst include/kloyst/%.h,kloyst_%.3,$(filter-out %/kloyst.h,$(HEADERS)))

.PHONY: man html
man: $(BUILD)/man/made $(BUILD)/man/kloyst.1 ## the manual pages

$(BUILD)/man/made: $(HEADERS) $(REFERENCE)
	@mkdir -p $(@D)
	python3 tools/reference man include/kloyst $(@D)
	@touch $@

$(BUILD)/man/kloyst.1: $(CLI_PROGRAM)
	@mkdir -p $(@D)
	$(CLI_PROGRAM) help --man > $@

# Written from the tables, committed, and compared by a test.
.PHONY: error-codes
error-codes: $(BUILD)/error-codes ## docs/guides/error-codes.md
	$(BUILD)/error-codes > docs/guides/error-codes.md

$(BUILD)/error-codes: tools/error_codes.c $(HEADERS) $(BUILD)/libkloyst.a
	$(CC) $(LANGUAGE) -Iinclude $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(BUILD)/libkloyst.a $(REQUIRES_LIBS)

html: ## the reference of the headers, $(BUILD)/doc/html
	@rm -rf $(BUILD)/doc && mkdir -p $(BUILD)/doc
	python3 tools/reference doxygen include/kloyst $(BUILD)/doc/kloyst
	{ cat docs/Doxyfile; echo 'INPUT = $(BUILD)/doc/kloyst'; echo 'STRIP_FROM_PATH = $(BUILD)/doc'; \
	    echo 'OUTPUT_DIRECTORY = $(BUILD)/doc'; echo 'PROJECT_NUMBER = $(VERSION)'; } | doxygen -

# --- install -----------------------------------------------------------------
install: lib cli man ## to $(DESTDIR)$(PREFIX)
	$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(INCLUDEDIR)/kloyst $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(CMAKEDIR) \
	    $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man3
	$(INSTALL) -m 755 $(CLI_PROGRAM) $(DESTDIR)$(BINDIR)
	$(INSTALL) -d $(DESTDIR)$(BASHDIR) $(DESTDIR)$(ZSHDIR)
	$(INSTALL) -m 644 $(BUILD)/completion/kloyst $(DESTDIR)$(BASHDIR)
	$(INSTALL) -m 644 $(BUILD)/completion/_kloyst $(DESTDIR)$(ZSHDIR)
	$(INSTALL) -m 644 $(HEADERS) $(DESTDIR)$(INCLUDEDIR)/kloyst
	$(INSTALL) -m 644 $(BUILD)/libkloyst.a $(DESTDIR)$(LIBDIR)
	$(INSTALL) -m 755 $(BUILD)/$(SHARED) $(DESTDIR)$(LIBDIR)
	ln -sf $(SHARED) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libkloyst.so
	$(INSTALL) -m 644 $(BUILD)/kloyst.pc $(DESTDIR)$(LIBDIR)/pkgconfig
	$(INSTALL) -m 644 $(BUILD)/kloyst-config.cmake $(BUILD)/kloyst-config-version.cmake $(DESTDIR)$(CMAKEDIR)
	$(INSTALL) -m 644 $(BUILD)/man/kloyst.1 $(DESTDIR)$(MANDIR)/man1
	$(INSTALL) -m 644 $(MAN3:%=$(BUILD)/man/%) $(DESTDIR)$(MANDIR)/man3

uninstall: ## what install put there
	rm -f $(DESTDIR)$(BINDIR)/kloyst $(DESTDIR)$(BASHDIR)/kloyst $(DESTDIR)$(ZSHDIR)/_kloyst
	rm -f $(HEADERS:include/%=$(DESTDIR)$(INCLUDEDIR)/%)
	rm -f $(addprefix $(DESTDIR)$(LIBDIR)/,libkloyst.a $(SHARED) $(SONAME) libkloyst.so pkgconfig/kloyst.pc)
	rm -f $(addprefix $(DESTDIR)$(CMAKEDIR)/,kloyst-config.cmake kloyst-config-version.cmake)
	rm -f $(DESTDIR)$(MANDIR)/man1/kloyst.1 $(addprefix $(DESTDIR)$(MANDIR)/man3/,$(MAN3))
	-rmdir $(DESTDIR)$(INCLUDEDIR)/kloyst $(DESTDIR)$(CMAKEDIR)

# The files that git knows, as they are now; where there is no git, in an unpacked tarball, all of them. The same tree makes the
# same tarball.
DIST := libkloyst-$(VERSION)
dist: ## $(BUILD)/libkloyst-VERSION.tar.gz: the sources
	@mkdir -p $(BUILD)
	{ if [ -e .git ]; then git ls-files; else find . ! -type d ! -path './build/*' ! -path './$(BUILD)/*' | cut -c3-; fi; } | sort | \
	    tar --create --file=$(BUILD)/$(DIST).tar --no-recursion --files-from=- --transform='s|^|$(DIST)/|S' \
	    --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
	    --mtime=@$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}
	gzip -9nf $(BUILD)/$(DIST).tar

clean: ## remove everything built
	rm -rf $(BUILD)

# --- set-up, tests, demonstration --------------------------------------------
# The recipes call make again because pkg-config may not have been there when
# this one started.
setup: ## install what the build and the tests need (Debian, Ubuntu)
	@tools/setup

check: setup ## every test
	+@MAKE='$(MAKE)' BUILD='$(BUILD)' tests/run-checks

check-pooler: setup ## every integration test that can, through PgBouncer with one connection a database
	+@MAKE='$(MAKE)' BUILD='$(BUILD)' tests/run-checks pooler-whole

check-docs check-architecture check-unit check-integration check-newest check-python check-node: check-%: setup ## one part of check
	+@MAKE='$(MAKE)' BUILD='$(BUILD)' tests/run-checks $*

demo: setup ## a whole messaging business on this machine (CONTACTS=file.csv COUNTRY=IN)
	$(if $(wildcard examples/demo.c),,$(error examples/demo.c is not there))
	+@$(MAKE) --no-print-directory $(BUILD)/examples/demo $(STANDIN_PROGRAM)
	CONTACTS='$(CONTACTS)' COUNTRY='$(COUNTRY)' GRAPH_STANDIN='$(STANDIN_PROGRAM)' $(BUILD)/examples/demo

# --- fuzzing: libFuzzer is clang's, so the library is built again with it ------
FUZZ_SECONDS ?= 60
FUZZ_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

fuzz: setup ## search for inputs that break the readers, FUZZ_SECONDS (60) for each of tests/fuzz
	@tools/setup fuzz
	+@$(MAKE) --no-print-directory CC=clang BUILD=$(BUILD)/fuzz CFLAGS='-O1 -g -fsanitize=fuzzer-no-link $(FUZZ_SANITIZE)' \
	    fuzz-programs
	@FUZZ_SECONDS='$(FUZZ_SECONDS)' tests/fuzz/run $(FUZZ:tests/fuzz/%.c=$(BUILD)/fuzz/fuzz-%)

fuzz-programs: $(FUZZ:tests/fuzz/%.c=$(BUILD)/fuzz-%)

$(BUILD)/fuzz-%: tests/fuzz/%.c $(BUILD)/release/libinternal.a
	$(CC) $(TEST_FLAGS) $(REQUIRES_CFLAGS) $(CPPFLAGS) $(CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(REQUIRES_LIBS)

bench-campaign: all ## measure enqueueing and draining campaigns
	$(if $(wildcard tests/bench/campaign/run),,$(error tests/bench/campaign/run is not there))
	tests/bench/campaign/run

bench-import: all ## measure the import of contacts
	$(if $(wildcard tests/bench/import/run),,$(error tests/bench/import/run is not there))
	tests/bench/import/run

bench-send: all $(STANDIN_PROGRAM) ## measure sending over HTTP
	$(if $(wildcard tests/bench/send/run),,$(error tests/bench/send/run is not there))
	tests/bench/send/run

bench-wallet: all ## measure debits of wallets
	$(if $(wildcard tests/bench/wallet/run),,$(error tests/bench/wallet/run is not there))
	tests/bench/wallet/run

bench-webhook: all ## measure taking and folding webhooks
	$(if $(wildcard tests/bench/webhook/run),,$(error tests/bench/webhook/run is not there))
	tests/bench/webhook/run

# The modules of Python and Node: generated from the headers, wrapped by SWIG, linked with the static library.
# Everything goes to $(BUILD)/bindings: python/kloyst is the package, node/kloyst.node the addon.

BINDINGS := $(BUILD)/bindings
PYTHON ?= python3
NPM ?= npm
CXX ?= g++

.PHONY: bindings bindings-python bindings-node python-dist

bindings: bindings-python bindings-node ## the modules of Python and Node

# --- SWIG: the system's when it is new enough for the stable ABI and Node-API -----
SWIG_VERSION := 4.5.1
SWIG ?= $(BINDINGS)/swig/bin/swig

$(BINDINGS)/swig/bin/swig:
	@mkdir -p $(@D)
	@if swig -version 2>/dev/null | awk '/SWIG Version/ { split($$3, v, "."); exit !(v[1] > 4 || v[1] == 4 && v[2] >= 3) } END { if (!NR) exit 1 }'; \
	then ln -sf "$$(command -v swig)" $@; \
	else $(PYTHON) -m venv $(BINDINGS)/swig && $(BINDINGS)/swig/bin/pip install --quiet --disable-pip-version-check swig==$(SWIG_VERSION); fi
	@touch -c $@

# --- generated sources -----------------------------------------------------------------
GENERATOR := bindings/swig/generate $(wildcard bindings/swig/generator/*.py)
GENERATED := $(addprefix $(BINDINGS)/,calls.c calls.h calls_arguments.h calls.i surface.json python/kloyst/_records.py \
	python/kloyst/_native.pyi node/generated.ts)

$(BINDINGS)/generated: $(GENERATOR) $(HEADERS)
	@mkdir -p $(@D)
	$(PYTHON) bindings/swig/generate include/kloyst $(BINDINGS)

$(GENERATED): $(BINDINGS)/generated ;

# --- what both have: the calls -----------------------------------------------------------
BINDING_HEADERS := $(wildcard bindings/swig/*.h) $(HEADERS)
BINDING_FLAGS := -std=c11 -D_GNU_SOURCE -pthread -Wall -Wextra $(if $(STRICT),-Werror) -fPIC -fvisibility=hidden -Iinclude -Ibindings/swig \
	-I$(BINDINGS)
BINDING_OBJECTS := $(addprefix $(BINDINGS)/objects/,call.o special.o calls.o)

$(BINDINGS)/objects/calls.o: $(BINDINGS)/generated $(BINDING_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(BINDING_FLAGS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $(BINDINGS)/calls.c

$(BINDINGS)/objects/%.o: bindings/swig/%.c $(BINDINGS)/generated $(BINDING_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(BINDING_FLAGS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# --- Python: one module for all versions from 3.9 on ---------------------------------------
PYTHON_INCLUDE = $(call once,PYTHON_INCLUDE,$(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("include"))')
PYTHON_FLAGS = -I$(PYTHON_INCLUDE) -DPy_LIMITED_API=0x03090000
PYTHON_OBJECTS := $(addprefix $(BINDINGS)/objects/,python_values.o python_inputs.o python_objects.o python_queue.o python_wrap.o)
PYTHON_MODULE := $(BINDINGS)/python/kloyst/_native.abi3.so
PYTHON_SOURCES := bindings/python/generate $(wildcard bindings/python/kloyst/* bindings/python/kloyst/aio/*)

bindings-python: $(PYTHON_MODULE) $(BINDINGS)/python/written ## the package kloyst of Python, in $(BUILD)/bindings/python

# What is written by hand, with the blocking twin and the vendor's view that are made from it.
$(BINDINGS)/python/written: $(PYTHON_SOURCES)
	@mkdir -p $(@D)
	$(PYTHON) bindings/python/generate bindings/python/kloyst $(@D)/kloyst
	@touch $@

python-dist: setup ## the sdist and the wheel of Python, in $(BUILD)/bindings/dist
	BUILD='$(BUILD)' tests/python/prepare
	bindings/python/package $(abspath $(BUILD))/python/bin/python $(BINDINGS)/dist

$(BINDINGS)/python_wrap.c: bindings/swig/kloyst.i $(BINDINGS)/generated $(SWIG)
	$(SWIG) -python -interface _native -outdir $(BINDINGS) -I$(BINDINGS) -o $@ $<

$(BINDINGS)/objects/python_wrap.o: $(BINDINGS)/python_wrap.c bindings/swig/python.h
	@mkdir -p $(@D)
	$(CC) $(BINDING_FLAGS) $(PYTHON_FLAGS) $(CPPFLAGS) $(CFLAGS) -Wno-unused-parameter -Wno-missing-field-initializers -c -o $@ $<

$(BINDINGS)/objects/python_%.o: bindings/swig/python_%.c $(BINDINGS)/generated $(BINDING_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(BINDING_FLAGS) $(PYTHON_FLAGS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(PYTHON_MODULE): $(PYTHON_OBJECTS) $(BINDING_OBJECTS) $(BUILD)/libkloyst.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -pthread -Wl,--exclude-libs,ALL -Wl,-z,relro -Wl,-z,now -o $@ $^ $(REQUIRES_LIBS)

# --- Node: one addon for all versions from 18 on -------------------------------------------
# Node-API in headers that come from npm: those of Node itself are not everywhere, and nodejs.org cannot always be reached.
NODE_HEADERS := $(BINDINGS)/npm/node_modules
NODE_FLAGS := -I$(NODE_HEADERS)/node-api-headers/include -I$(NODE_HEADERS)/node-addon-api -DNAPI_VERSION=8
NODE_OBJECTS := $(addprefix $(BINDINGS)/objects/,node_values.o node_inputs.o node_objects.o node_queue.o node_wrap.o)
NODE_MODULE := $(BINDINGS)/node/kloyst.node

bindings-node: $(NODE_MODULE) ## the addon of Node, in $(BUILD)/bindings/node

$(BINDINGS)/npm/installed: bindings/swig/npm/package.json bindings/swig/npm/package-lock.json
	@mkdir -p $(@D)
	@cp $^ $(@D)
	cd $(@D) && $(NPM) ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

$(BINDINGS)/node_wrap.cc: bindings/swig/kloyst.i $(BINDINGS)/generated $(SWIG)
	$(SWIG) -c++ -javascript -napi -I$(BINDINGS) -o $@ $<

$(BINDINGS)/objects/node_wrap.o: $(BINDINGS)/node_wrap.cc bindings/swig/node.h bindings/swig/bind.h $(BINDINGS)/npm/installed
	@mkdir -p $(@D)
	$(CXX) -std=c++17 -fPIC -fvisibility=hidden -Iinclude -Ibindings/swig -I$(BINDINGS) $(NODE_FLAGS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(BINDINGS)/objects/node_%.o: bindings/swig/node_%.c $(BINDINGS)/generated $(BINDING_HEADERS) $(BINDINGS)/npm/installed
	@mkdir -p $(@D)
	$(CC) $(BINDING_FLAGS) $(NODE_FLAGS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# The functions of Node-API and libuv are those of the node that loads it.
$(NODE_MODULE): $(NODE_OBJECTS) $(BINDING_OBJECTS) $(BUILD)/libkloyst.a
	@mkdir -p $(@D)
	$(CXX) $(CFLAGS) $(LDFLAGS) -shared -pthread -static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL -Wl,-z,relro -Wl,-z,now -o $@ $^ \
	    $(REQUIRES_LIBS)

# --- the module of Python with address and undefined-behaviour sanitizers, for its tests ----------
SANITIZED := $(BINDINGS)/sanitize
SANITIZED_OBJECTS := $(patsubst $(BINDINGS)/%,$(SANITIZED)/%,$(PYTHON_OBJECTS) $(BINDING_OBJECTS))
SANITIZED_MODULE := $(SANITIZED)/python/kloyst/_native.abi3.so

.PHONY: bindings-sanitize
bindings-sanitize: $(SANITIZED_MODULE) $(SANITIZED)/python/kloyst/_records.py

$(SANITIZED)/python/kloyst/_records.py: $(BINDINGS)/python/kloyst/_records.py
	@mkdir -p $(@D)
	@cp $< $@

$(SANITIZED)/objects/%.o: bindings/swig/%.c $(BINDINGS)/generated $(BINDING_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(BINDING_FLAGS) $(PYTHON_FLAGS) $(CPPFLAGS) $(CFLAGS) $(SANITIZE) -c -o $@ $<

$(SANITIZED)/objects/%.o: $(BINDINGS)/%.c bindings/swig/python.h $(BINDING_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(BINDING_FLAGS) $(PYTHON_FLAGS) $(CPPFLAGS) $(CFLAGS) $(SANITIZE) -Wno-unused-parameter -Wno-missing-field-initializers -c -o $@ $<

$(SANITIZED_MODULE): $(SANITIZED_OBJECTS) $(BUILD)/sanitize/libinternal.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -shared -pthread -Wl,--exclude-libs,ALL -o $@ $^ $(REQUIRES_LIBS)

.PHONY: node-dist
node-dist: bindings-node ## the npm package of Node as a tarball
	@BUILD='$(BUILD)' bindings/node/build pack

# --- the addon of Node likewise: what is written by hand in it, and the library --------------------
SANITIZED_NODE_OBJECTS := $(addprefix $(SANITIZED)/objects/,node_values.o node_inputs.o node_objects.o node_queue.o)
SANITIZED_ADDON := $(SANITIZED)/node/kloyst.node

.PHONY: bindings-node-sanitize
bindings-node-sanitize: $(SANITIZED_ADDON)

$(SANITIZED_NODE_OBJECTS): $(SANITIZED)/objects/%.o: bindings/swig/%.c $(BINDINGS)/generated $(BINDING_HEADERS) $(BINDINGS)/npm/installed
	@mkdir -p $(@D)
	$(CC) $(BINDING_FLAGS) $(NODE_FLAGS) $(CPPFLAGS) $(CFLAGS) $(SANITIZE) -c -o $@ $<

$(SANITIZED_ADDON): $(SANITIZED_NODE_OBJECTS) $(BINDINGS)/objects/node_wrap.o $(patsubst $(BINDINGS)/%,$(SANITIZED)/%,$(BINDING_OBJECTS)) \
		$(BUILD)/sanitize/libinternal.a
	@mkdir -p $(@D)
	$(CXX) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -shared -pthread -Wl,--exclude-libs,ALL -o $@ $^ $(REQUIRES_LIBS)

# --- measuring ----------------------------------------------------------------------------------
.PHONY: bench-bindings
bench-bindings: all bindings ## measure the packages of Python and Node
	BUILD='$(BUILD)' bindings/node/build package
	tests/bench/bindings/run

# SPDX-License-Identifier: GPL-2.0-or-later
# The front door; the build itself is Meson's. "make help" lists what there is.
BUILD ?= build
SECONDS ?= 60
# The kernel of the demo: a Debian source package, or a tree: make demo KERNEL=~/src/linux
KERNEL ?= deb:linux-source-6.12
# SETUP=no: install nothing
SETUP ?= yes
MESON_FLAGS := $(if $(CI),--werror)

all: $(BUILD)/build.ninja	## build kassay into build/kassay
	@ninja -C $(BUILD)

$(BUILD)/build.ninja:
	meson setup $(MESON_FLAGS) $(if $(PREFIX),--prefix=$(PREFIX)) $(BUILD)

build-asan/build.ninja:
	meson setup $(MESON_FLAGS) -Db_sanitize=address,undefined build-asan

setup:				## install what building and running need
	@[ $(SETUP) = no ] || tools/setup.sh build run

setup-test: setup
	@[ $(SETUP) = no ] || { tools/setup.sh test && tools/setup.sh optional; }

demo: setup			## a kernel built, booted and tested in about four minutes
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja
	@ninja -C $(BUILD) kassay guest/kassay-init
	$(BUILD)/kassay run $(KERNEL) --plan quick

check: setup-test		## all tests but the long ones; last line: N passed, N failed, N skipped
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja build-asan/build.ninja
	@tools/check.sh $(BUILD) build-asan

check-long: setup-test		## the long tests: many kills, every bug, clang for other architectures
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja build-asan/build.ninja
	@tools/check.sh --long $(BUILD) build-asan

bench: setup-test		## speed, as ratios
	@$(MAKE) --no-print-directory all
	@bench/run.sh $(BUILD)

coverage: setup-test		## line coverage of src/ by make check's tests
	@[ $(SETUP) = no ] || tools/setup.sh coverage
	@tools/coverage.sh

# Every fuzz target for SECONDS; new inputs stay in the build folder, a crash is left in it and named.
fuzz: build-fuzz/build.ninja	## fuzz every parser for SECONDS=60
	ninja -C build-fuzz
	tools/fuzz.sh build-fuzz $(SECONDS)

build-fuzz/build.ninja:
	CC=clang meson setup -Dfuzz=true build-fuzz

install: all			## install below PREFIX=/usr/local, DESTDIR is honoured
	@$(if $(PREFIX),meson configure $(BUILD) --prefix=$(PREFIX))
	meson install -C $(BUILD)

clean:				## remove all build folders
	rm -rf $(BUILD) build-asan build-fuzz build-coverage

help:
	@sed -n 's/^\([a-z-]*\):.*##/make \1:/p' Makefile

.PHONY: all setup setup-test demo check check-long bench coverage fuzz install clean help

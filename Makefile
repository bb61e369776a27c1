# SPDX-License-Identifier: GPL-2.0-or-later
# The front door; the build itself is Meson's.
BUILD ?= build
SECONDS ?= 60
MESON_FLAGS := $(if $(CI),--werror)

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

$(BUILD)/build.ninja:
	meson setup $(MESON_FLAGS) $(BUILD)

# Every fuzz target for SECONDS; new inputs stay in the build folder, a crash is left in it and named.
fuzz: build-fuzz/build.ninja
	ninja -C build-fuzz
	tools/fuzz.sh build-fuzz $(SECONDS)

build-fuzz/build.ninja:
	CC=clang meson setup -Dfuzz=true build-fuzz

clean:
	rm -rf $(BUILD) build-fuzz

.PHONY: all fuzz clean

# SPDX-License-Identifier: GPL-2.0-or-later
PROGS := $(patsubst %,$(OUTPUT)/%,$(TEST_GEN_PROGS))

all: $(PROGS)
$(OUTPUT)/%: %.c
	@printf '  CC       %s\n' $(notdir $@)
	@$(CC) -Wall $< $(LDLIBS) -o $@
install: all
	mkdir -p $(INSTALL_PATH)
	cp $(PROGS) $(TEST_PROGS) $(wildcard settings) $(INSTALL_PATH)/
emit_tests:
	@for TEST in $(notdir $(PROGS)) $(TEST_PROGS); do echo "$(COLLECTION):$$TEST"; done
.PHONY: all install emit_tests

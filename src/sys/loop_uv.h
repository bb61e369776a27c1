/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the files of sys/ that put handles of their own into a loop. */
#pragma once

struct loop;
struct uv_loop_s;
struct uv_loop_s *loop_uv(struct loop *l);

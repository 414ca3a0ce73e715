#include "balance/grid.h"

#include "crowd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define ROWS 3

/* Rows of instances with two points each. */
struct board {
  struct seating rows[ROWS];
  struct grid_want wants[CROWD_MAX];
  size_t orders[CROWD_MAX][2];
  size_t *order_of[CROWD_MAX];
  struct grid grid;
};

static void lay(struct board *b, size_t n, uint32_t relays, unsigned width)
{
  memset(b, 0, sizeof *b);
  crowd_seed(3);
  crowd_make(n, 2, relays);
  for (size_t i = 0; i < n; i++) {
    b->orders[i][1] = 1;
    b->order_of[i] = b->orders[i];
    b->wants[i].row_max = 1;
  }
  for (size_t r = 0; r < ROWS; r++) {
    b->rows[r] = (struct seating){.sources = crowd.sources, .orders = b->order_of};
  }
  b->grid = (struct grid){b->rows, ROWS, width, n, b->wants, b->order_of, &crowd.rng};
}

static unsigned count(const struct board *b, size_t source)
{
  unsigned n = 0;

  for (size_t r = 0; r < ROWS; r++) {
    n += seating_count(&b->rows[r], source);
  }
  return n;
}

static struct board board;

static void targets_are_met_evenly(void **state)
{
  (void)state;
  lay(&board, 3, 0, 4);
  board.wants[0].target = 5; /* 2, 2, 1 */
  board.wants[1].target = 4;
  board.wants[2].target = 3;
  assert_true(grid_fill(&board.grid));
  for (size_t r = 0; r < ROWS; r++) {
    assert_int_equal(board.rows[r].n, 4);
    assert_in_range(seating_count(&board.rows[r], 0), 1, 2);
    assert_in_range(seating_count(&board.rows[r], 1), 1, 2);
    assert_int_equal(seating_count(&board.rows[r], 2), 1);
  }
  assert_int_equal(count(&board, 0), 5);
}

/* The only hole is in a row where the one that lacks a seat has one. */
static void a_hole_travels(void **state)
{
  (void)state;
  lay(&board, 5, 0, 2);
  assert_true(seating_put(&board.rows[0], (struct seat){0, 0}));
  assert_true(seating_put(&board.rows[1], (struct seat){1, 0}));
  assert_true(seating_put(&board.rows[1], (struct seat){2, 0}));
  assert_true(seating_put(&board.rows[2], (struct seat){3, 0}));
  assert_true(seating_put(&board.rows[2], (struct seat){4, 0}));
  for (size_t i = 0; i < 5; i++) {
    board.wants[i].target = i == 0 ? 2 : 1;
  }
  assert_true(grid_fill(&board.grid));
  assert_int_equal(count(&board, 0), 2);
  assert_int_equal(seating_count(&board.rows[0], 0), 1);
}

/* What has its place stays, point for point; who has too much gives it. */
static void little_moves(void **state)
{
  struct seating before[ROWS];
  size_t same = 0;

  (void)state;
  lay(&board, 6, 0, 2);
  for (size_t i = 0; i < 6; i++) {
    board.wants[i].target = 1;
  }
  assert_true(grid_fill(&board.grid));
  memcpy(before, board.rows, sizeof before);
  board.wants[0].target = 0;
  board.wants[1].target = 2;
  assert_true(grid_fill(&board.grid));
  for (size_t r = 0; r < ROWS; r++) {
    for (size_t i = 0; i < 2; i++) {
      for (size_t k = 0; k < 2; k++) {
        same += before[r].seats[i].source == board.rows[r].seats[k].source &&
                before[r].seats[i].point == board.rows[r].seats[k].point;
      }
    }
  }
  assert_in_range(same, 4, 5); /* of 6: one is new, and one may have travelled */
}

static void points_are_used_in_turns(void **state)
{
  unsigned used[2] = {0};

  (void)state;
  lay(&board, 1, 0, 1);
  board.wants[0].target = 3;
  assert_true(grid_fill(&board.grid));
  for (size_t r = 0; r < ROWS; r++) {
    used[board.rows[r].seats[0].point]++;
  }
  assert_in_range(used[0], 1, 2);
}

static void what_relays_refuse_is_told(void **state)
{
  (void)state;
  lay(&board, 2, 1, 2); /* all on one relay */
  board.wants[0].target = 3;
  board.wants[1].target = 3;
  assert_false(grid_fill(&board.grid));
  assert_int_equal(count(&board, 0) + count(&board, 1), 3);
}

/* Room that no target asks for goes to those who lack most. */
static void room_is_filled(void **state)
{
  (void)state;
  lay(&board, 4, 0, 2);
  crowd.sources[3].weight = 200;
  board.wants[0].target = 1;
  assert_true(grid_fill(&board.grid));
  grid_top_up(&board.grid);
  for (size_t r = 0; r < ROWS; r++) {
    assert_int_equal(board.rows[r].n, 2);
    assert_int_equal(seating_count(&board.rows[r], 3), 1);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(targets_are_met_evenly),
      cmocka_unit_test(a_hole_travels),
      cmocka_unit_test(little_moves),
      cmocka_unit_test(points_are_used_in_turns),
      cmocka_unit_test(what_relays_refuse_is_told),
      cmocka_unit_test(room_is_filled),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}

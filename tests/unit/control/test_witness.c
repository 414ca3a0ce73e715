#include "control/witness.h"

#include "message.h"

#define ADDRESS "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid"
#define RELAY_A "$00112233445566778899AABBCCDDEEFF00112233"
#define RELAY_B "$FF112233445566778899AABBCCDDEEFF00112233"

/* Lines as tor 0.4.9.11 wrote them, shortened to what is read. */
#define TAIL " REND_QUERY=" ADDRESS " SOCKS_USERNAME=\"ob-1\" SOCKS_PASSWORD=\"probe\"\r\n"
#define INTRO(relay, state)                                                                        \
  "650 CIRC_MINOR 2 PURPOSE_CHANGED " RELAY_B "~x," relay "~y BUILD_FLAGS=IS_INTERNAL "            \
  "PURPOSE=HS_CLIENT_INTRO HS_STATE=" state TAIL
#define REND(state)                                                                                \
  "650 CIRC_MINOR 4 PURPOSE_CHANGED " RELAY_B "~x BUILD_FLAGS=IS_INTERNAL "                        \
  "PURPOSE=HS_CLIENT_REND HS_STATE=" state TAIL

static struct witness_news see(struct witness *w, const char *text)
{
  struct reply_parser p;
  struct torevent t;
  struct witness_news news;

  reply_parser_init(&p);
  assert_int_equal(torevent_parse(message(&p, text), &t), 0);
  assert_int_equal(t.kind, TOREVENT_CIRC_MINOR);
  news = witness_see(w, &t);
  reply_parser_deinit(&p);
  return news;
}

static void see_nothing(struct witness *w, const char *text)
{
  struct witness_news news = see(w, text);

  assert_false(news.is_introduced);
  assert_false(news.is_joined);
}

static void good(void **state)
{
  struct witness w = {0};
  struct witness_news news;

  (void)state;
  see_nothing(&w, REND("HSCR_ESTABLISHED_IDLE"));
  see_nothing(&w, INTRO(RELAY_A, "HSCI_CONNECTING"));
  assert_false(w.was_sent);
  see_nothing(&w, INTRO(RELAY_A, "HSCI_INTRO_SENT"));
  assert_true(w.was_sent);
  see_nothing(&w, REND("HSCR_ESTABLISHED_WAITING"));
  news = see(&w, INTRO(RELAY_A, "HSCI_DONE"));
  assert_true(news.is_introduced);
  assert_false(news.is_joined);
  assert_int_equal(news.relay[0], 0x00);
  assert_int_equal(news.relay[1], 0x11);
  news = see(&w, REND("HSCR_JOINED"));
  assert_false(news.is_introduced);
  assert_true(news.is_joined);
  see_nothing(&w, REND("HSCR_JOINED"));
  see_nothing(&w, INTRO(RELAY_A, "HSCI_DONE"));
}

/* A refused introduction ends in HSCI_DONE too. */
static void refused(void **state)
{
  struct witness w = {0};
  struct witness_news news;

  (void)state;
  see_nothing(&w, INTRO(RELAY_A, "HSCI_INTRO_SENT"));
  see_nothing(&w, INTRO(RELAY_A, "HSCI_DONE"));
  assert_true(w.was_sent);
  /* The next one is taken, and only that relay is named. */
  see_nothing(&w, INTRO(RELAY_B, "HSCI_INTRO_SENT"));
  see_nothing(&w, REND("HSCR_ESTABLISHED_WAITING"));
  news = see(&w, INTRO(RELAY_B, "HSCI_DONE"));
  assert_true(news.is_introduced);
  assert_int_equal(news.relay[0], 0xFF);
}

/* An acknowledgement whose circuit never told does not stick to the next
 * introduction. */
static void stale(void **state)
{
  struct witness w = {0};

  (void)state;
  see_nothing(&w, INTRO(RELAY_A, "HSCI_INTRO_SENT"));
  see_nothing(&w, REND("HSCR_ESTABLISHED_WAITING"));
  see_nothing(&w, INTRO(RELAY_B, "HSCI_INTRO_SENT"));
  see_nothing(&w, INTRO(RELAY_B, "HSCI_DONE"));
}

/* The service may be faster than the introduction point. */
static void joined_first(void **state)
{
  struct witness w = {0};
  struct witness_news news;

  (void)state;
  see_nothing(&w, INTRO(RELAY_B, "HSCI_INTRO_SENT"));
  news = see(&w, REND("HSCR_JOINED"));
  assert_true(news.is_introduced);
  assert_true(news.is_joined);
  assert_int_equal(news.relay[0], 0xFF);
  see_nothing(&w, INTRO(RELAY_B, "HSCI_DONE"));
}

/* What is only repeated with other news is none. */
static void other_changes(void **state)
{
  struct witness w = {0};

  (void)state;
  see_nothing(&w, INTRO(RELAY_A, "HSCI_INTRO_SENT"));
  see_nothing(&w, "650 CIRC_MINOR 4 CANNIBALIZED " RELAY_B "~x PURPOSE=HS_CLIENT_REND "
                  "HS_STATE=HSCR_ESTABLISHED_WAITING" TAIL);
  see_nothing(&w, INTRO(RELAY_A, "HSCI_DONE"));
  see_nothing(&w, "650 CIRC_MINOR 4 PURPOSE_CHANGED PURPOSE=GENERAL\r\n");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(good),         cmocka_unit_test(refused),       cmocka_unit_test(stale),
      cmocka_unit_test(joined_first), cmocka_unit_test(other_changes),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}

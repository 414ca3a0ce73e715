/* Memory: allocation never fails (it aborts the program instead), and a size
 * that comes from input has been compared with base/limits.h before. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* n zeroed bytes; the caller frees them with free(). Aborts if there is no
 * memory. */
void *mem_new(size_t n) __attribute__((returns_nonnull, malloc));

/* A zeroed array of n items of the given size, overflow checked. */
void *mem_array(size_t n, size_t size) __attribute__((returns_nonnull, malloc));

/* Makes room for one more item in a growing array: returns items or its
 * replacement, with *cap at least used + 1. New space is not zeroed. */
void *mem_grow(void *items, size_t used, size_t *cap, size_t size) __attribute__((returns_nonnull));

/* A copy of n bytes with a NUL behind them; the caller frees it. */
char *mem_string(const void *p, size_t n) __attribute__((returns_nonnull));

/* Frees what a pointer variable points to; for CLEANUP(mem_free_at). The
 * argument is the address of the pointer. */
void mem_free_at(void *pointer_to_pointer);

#endif

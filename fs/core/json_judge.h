/*
 * Is a text JSON, or the beginning of some? Every byte is judged, once. Private to fs/core/json*.c.
 */
#ifndef CORE_JSON_JUDGE_H
#define CORE_JSON_JUDGE_H

#include <stddef.h>

/*
 * WHOLE   it is there, and sound
 * CUT     sound as far as the text goes
 * BAD     wrong, whatever may follow
 */
enum json_reading { JSON_WHOLE, JSON_CUT, JSON_BAD };

/*
 * One value and white space. With keys (else NULL) the outermost object is BAD with any other in it,
 * or with one of them twice. A number that ends the text is CUT.
 */
enum json_reading json_judge(const char *text, size_t len, const char *const *keys, size_t count);

#endif

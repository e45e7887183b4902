/* See waitline.h. */
#include "waitline.h"

#include <unistd.h>

#include "output.h"
#include "show.h"

void waitline_tell(const struct call *call)
{
	struct lease_view holder;
	char words[SHOW_HOLDER_MAX];

	if (!isatty(STDERR_FILENO) ||
	    client_read_lease(&call->mount, call->resource.name, &holder) < 0)
		return;
	show_holder(&holder, words);
	output_aside("waiting for lock \"%s\", held by %s; place %zu in the queue", call->name,
		     words, client_queue_length(&call->mount, call->resource.name) + 1);
}

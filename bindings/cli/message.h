/* What is told of messages, also by the commands of events. */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <kloyst/kloyst.h>

const char *message_status_name(kl_message_status status);

#endif

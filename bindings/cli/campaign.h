/* What is told of campaigns, also by the commands of messages and events. */
#ifndef CAMPAIGN_H
#define CAMPAIGN_H

#include <kloyst/kloyst.h>

const char *campaign_status_name(kl_campaign_status status);
const char *campaign_state_name(kl_recipient_state state);
/* Into a record that has begun. */
void campaign_put_stats(const kl_campaign_stats *s);

#endif

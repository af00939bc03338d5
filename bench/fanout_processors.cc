#include "fanout_processors.h"

#include <sched.h>

#include <cstddef>

namespace palabre::bench {
namespace {

struct Processors {
  int guests = -1;
  int server = -1;
};

Processors choose() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  Processors chosen;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return chosen;
  for (int processor = 0; processor < CPU_SETSIZE; ++processor) {
    if (!CPU_ISSET(static_cast<std::size_t>(processor), &allowed)) continue;
    if (chosen.guests < 0) chosen.guests = processor;
    chosen.server = processor;
  }
  return chosen;
}

}  // namespace

void keep_to_own_processor(Side side) {
  static const Processors chosen = choose();
  if (chosen.guests == chosen.server) return;
  cpu_set_t own;
  CPU_ZERO(&own);
  CPU_SET(static_cast<std::size_t>(side == Side::kGuests ? chosen.guests : chosen.server), &own);
  sched_setaffinity(0, sizeof own, &own);  // without it the figures are only noisier
}

}  // namespace palabre::bench

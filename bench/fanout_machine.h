#pragma once

#include <string>

namespace palabre::bench {

/// A figure means something only together with these.
struct Machine {
  std::string processor;
  unsigned cores = 0;
  std::string kernel;
};
Machine this_machine();

/// `2026-11-23`
std::string today();

/// The load averages of the last 1, 5 and 15 minutes, as /proc/loadavg has them.
std::string load_average();

/// The commit that is checked out, and whether src/ differs from it; "unknown" without git.
std::string checked_out_commit();

}  // namespace palabre::bench

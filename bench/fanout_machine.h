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

/// What stands above a report: a title, and all that its figures depend on; a list, without a blank
/// line after it. `commit` empty: what is checked out.
std::string heading(const std::string& title, const std::string& commit,
                    const std::string& command);

/// How this program was called, by its name.
std::string command_line(const std::string& name, int argc, char** argv);

/// Prints the report, and writes it to a file too where one is named. Throws where it cannot.
void publish(const std::string& report, const std::string& file);

}  // namespace palabre::bench

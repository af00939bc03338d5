#pragma once

#include <string>

namespace palabre::bench {

/// The machine: figures are comparable only on the same one.
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

/// The heading of a report: a title and a list of everything that its figures depend on, without a
/// blank line after it. `commit` empty: the commit that is checked out.
std::string heading(const std::string& title, const std::string& commit,
                    const std::string& command);

/// The command line of this program, under the name `name`.
std::string command_line(const std::string& name, int argc, char** argv);

/// Prints the report, and also writes it to `file` unless that is empty. Throws where it cannot.
void publish(const std::string& report, const std::string& file);

}  // namespace palabre::bench

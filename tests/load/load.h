#pragma once

#include <netinet/in.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// Shared parts of the load generators. They measure palabre from outside and link none of its code;
// the tests start them, and read the figures that they print.

namespace palabre::load {

using Instant = std::chrono::steady_clock::time_point;

/// Throws with errno's words, unless `done`.
void require(bool done, const char* what);

/// Parses `10.9.0.1:5000`; throws on anything else.
sockaddr_in parse_address(const std::string& text);

/// The address plus `offset`: 10.9.1.255 plus 1 is 10.9.2.0.
in_addr plus(in_addr address, std::uint32_t offset);

void set_buffer(int descriptor, int name, int bytes);

/// Holds a rate by the clock: waits until the `done`th event is due. After a delay it catches up 20
/// ms at most, so that a sender that was held up does not burst.
class Pace {
 public:
  explicit Pace(double per_second) : per_second_(per_second), began_(now()) {}

  void wait_for(std::uint64_t done);

 private:
  static Instant now() { return std::chrono::steady_clock::now(); }

  double per_second_;
  Instant began_;
};

/// Runs `program` for main: turns an exception into a sentence on standard error and an exit code.
int run(const char* name, int (*program)(int, char**), int argc, char** argv);

}  // namespace palabre::load

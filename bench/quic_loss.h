#pragma once

#include <string>
#include <vector>

#include "quic_open_loop.h"

namespace palabre::bench {

/// Moves this process into its own network namespace, which has loopback only. `lose` then drops
/// `percent` of the datagrams and segments, each way. Both need root and nft, and throw where they
/// fail.
void enter_own_network();
void lose(unsigned percent);

/// Latencies of messages at one rate of loss.
struct Lateness {
  unsigned percent = 0;
  double p50_ms = 0;
  double p99_ms = 0;
  std::size_t missing = 0;
};
Lateness lateness_of(unsigned percent, std::size_t messages,
                     std::vector<std::chrono::nanoseconds> latencies);

/// The curves as an SVG: the 50th and 99th percentile over the loss, on a logarithmic scale.
std::string picture_of(const std::vector<Lateness>& quic, const std::vector<Lateness>& tcp);

}  // namespace palabre::bench

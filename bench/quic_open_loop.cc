#include "quic_open_loop.h"

namespace palabre::bench {

std::vector<std::chrono::nanoseconds> run_open_loop(std::size_t messages,
                                                    std::chrono::nanoseconds interval,
                                                    const std::function<void()>& post,
                                                    const std::function<void()>& turn,
                                                    const std::size_t& delivered) {
  using std::chrono::steady_clock;
  constexpr std::chrono::seconds kPatience{10};
  std::vector<std::chrono::nanoseconds> latencies;
  const std::size_t before = delivered;
  const auto began = steady_clock::now();
  const auto due = [&](std::size_t message) {
    return began + interval * static_cast<std::int64_t>(message);
  };
  std::size_t posted = 0;
  while (latencies.size() < messages && steady_clock::now() < due(messages) + kPatience) {
    for (; posted < messages && due(posted) <= steady_clock::now(); ++posted) post();
    turn();
    const auto now = steady_clock::now();
    while (latencies.size() < delivered - before) latencies.push_back(now - due(latencies.size()));
  }
  return latencies;
}

}  // namespace palabre::bench

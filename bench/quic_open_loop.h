#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace palabre::bench {

/// Posts at fixed times, independent of deliveries, and returns the latency of each message from
/// its due time. Requires that messages come in the order in which they were posted. Gives up ten
/// seconds after the last was due.
std::vector<std::chrono::nanoseconds> run_open_loop(std::size_t messages,
                                                    std::chrono::nanoseconds interval,
                                                    const std::function<void()>& post,
                                                    const std::function<void()>& turn,
                                                    const std::size_t& delivered);

}  // namespace palabre::bench

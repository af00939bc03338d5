#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace palabre::bench {

/// Posts at fixed moments, whatever comes back, and says how long each message took from its moment
/// on. They come in the order in which they were posted. Gives up some seconds after the last.
std::vector<std::chrono::nanoseconds> run_open_loop(std::size_t messages,
                                                    std::chrono::nanoseconds interval,
                                                    const std::function<void()>& post,
                                                    const std::function<void()>& turn,
                                                    const std::size_t& delivered);

}  // namespace palabre::bench

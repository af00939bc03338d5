#pragma once

#include <cstdio>
#include <memory>

namespace palabre::client {

struct CloseStream {
  void operator()(std::FILE* stream) const { std::fclose(stream); }
};
using BlockingOutput = std::unique_ptr<std::FILE, CloseStream>;

/// A stream that writes to `descriptor` and borrows it. A write waits while the descriptor is full,
/// even if it is non-blocking (any process that shares a terminal can make it so), and is resumed
/// after a signal. Without a reader the bytes are lost, and the stream reports an error.
BlockingOutput open_blocking_output(int descriptor);

}  // namespace palabre::client

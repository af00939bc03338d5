#pragma once

#include <cstdio>
#include <memory>

namespace palabre::client {

struct CloseStream {
  void operator()(std::FILE* stream) const { std::fclose(stream); }
};
using BlockingOutput = std::unique_ptr<std::FILE, CloseStream>;

/// A stream into a descriptor, which it borrows. Where that takes no more for now, it waits: a
/// terminal may have been made non-blocking by any process that shares it, and a signal may come
/// in the middle. Once nobody is there to read, what is written is lost and counts as an error of
/// the stream.
BlockingOutput open_blocking_output(int descriptor);

}  // namespace palabre::client

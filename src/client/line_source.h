#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "client/descriptor_watch.h"

namespace palabre::client {

/// Reads lines from a file, a pipe or a terminal, and never blocks the event loop. It reads only
/// while lines are wanted, so a pipe's writer gets backpressure. Memory: one line of at most
/// `kMostLineBytes`, and one read of 16 KiB; the rest of a longer line is dropped.
class LineSource {
 public:
  static constexpr std::size_t kMostLineBytes = std::size_t{64} << 10;

  struct Hear {
    /// Returns false to pause; `resume` goes on.
    std::function<bool(std::string line)> line;
    /// The end of the input. No more calls follow.
    std::function<void()> end;
    /// A read failed. No more calls follow, and an unfinished line is dropped. Without this
    /// callback, `end` is called instead.
    std::function<void(Error)> failed = {};
  };

  /// Duplicates the descriptor. Reads nothing before `resume`. Must outlive the loop's run.
  LineSource(boost::asio::io_context& io, int descriptor, Hear hear);
  LineSource(const LineSource&) = delete;
  LineSource& operator=(const LineSource&) = delete;

  void resume();

 private:
  void read_on();
  void read_some();
  bool give_lines();
  void tell_end();

  boost::asio::io_context& io_;
  Descriptor descriptor_;
  Hear hear_;
  std::unique_ptr<DescriptorWatch> watch_;  // null if it is always ready: a file
  std::string bytes_;
  bool is_reading_ = false;
  bool is_at_end_ = false;
  int error_ = 0;  // errno of the read that failed
  bool is_told_ = false;
};

}  // namespace palabre::client

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

/// The lines of a descriptor, whether it is a file, a pipe or a terminal, in an event loop that
/// nothing keeps waiting. Reads only as long as lines are wanted, so whoever writes into the pipe
/// is slowed down in the end. Holds one line, of at most `kMostLineBytes`; of a longer one the rest
/// is left out.
class LineSource {
 public:
  static constexpr std::size_t kMostLineBytes = std::size_t{64} << 10;

  struct Hear {
    /// False: no more for now; `resume` when there is room again.
    std::function<bool(std::string line)> line;
    /// That was all.
    std::function<void()> end;
    /// It cannot be read, and no more comes; a line that was begun is left out. Where nobody hears
    /// this, it is an end.
    std::function<void(Error)> failed = {};
  };

  /// Takes a copy of the descriptor, and begins with `resume`.
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
  std::unique_ptr<DescriptorWatch> watch_;  // nothing where it is always ready: a file
  std::string bytes_;
  bool is_reading_ = false;
  bool is_at_end_ = false;
  int error_ = 0;  // by which it ended
  bool is_told_ = false;
};

}  // namespace palabre::client

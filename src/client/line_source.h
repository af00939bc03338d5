#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

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
  };

  /// Takes a copy of the descriptor, and begins with `resume`.
  LineSource(boost::asio::io_context& io, int descriptor, Hear hear);
  ~LineSource();
  LineSource(const LineSource&) = delete;
  LineSource& operator=(const LineSource&) = delete;

  void resume();

 private:
  void read_on();
  void read_some();
  bool give_lines();

  boost::asio::io_context& io_;
  int descriptor_;
  Hear hear_;
  // Nothing where it cannot be waited for, because it is always ready: a file.
  std::optional<boost::asio::posix::stream_descriptor> waiting_;
  std::string bytes_;
  bool is_reading_ = false;
  bool is_at_end_ = false;
  bool is_told_ = false;
};

}  // namespace palabre::client

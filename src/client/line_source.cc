#include "client/line_source.h"

#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <system_error>
#include <utility>

namespace palabre::client {

LineSource::LineSource(boost::asio::io_context& io, int descriptor, Hear hear)
    : io_(io),
      descriptor_(::dup(descriptor)),
      hear_(std::move(hear)),
      watch_(DescriptorWatch::for_input(io, descriptor_.number())) {}

void LineSource::resume() {
  if (is_reading_) return;
  is_reading_ = true;
  boost::asio::post(io_, [this] { read_on(); });
}

void LineSource::read_on() {
  if (!give_lines()) {
    is_reading_ = false;
    return;
  }
  if (is_at_end_) return tell_end();
  if (!watch_) {
    read_some();
    return boost::asio::post(io_, [this] { read_on(); });
  }
  watch_->wait([this] {
    read_some();
    read_on();
  });
}

void LineSource::read_some() {
  std::array<char, 16384> buffer{};
  const ssize_t count = ::read(descriptor_.number(), buffer.data(), buffer.size());
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count < 0) {
    error_ = errno;
    bytes_.clear();
  }
  is_at_end_ = count <= 0;
  if (count > 0) bytes_.append(buffer.data(), static_cast<std::size_t>(count));
}

void LineSource::tell_end() {
  if (std::exchange(is_told_, true)) return;
  if (error_ == 0 || !hear_.failed) return hear_.end();
  hear_.failed({EX_IOERR, fmt::format("Standard input cannot be read any more ({}); look at where "
                                      "it comes from.",
                                      std::generic_category().message(error_))});
}

/// Returns false if no more lines are wanted.
bool LineSource::give_lines() {
  std::size_t from = 0;
  bool is_wanted = true;
  while (is_wanted) {
    const auto end = bytes_.find('\n', from);
    if (end == std::string::npos) break;
    is_wanted = hear_.line(bytes_.substr(from, std::min(end - from, kMostLineBytes)));
    from = end + 1;
  }
  bytes_.erase(0, from);
  if (is_wanted && is_at_end_ && !bytes_.empty()) hear_.line(std::exchange(bytes_, {}));
  if (bytes_.find('\n') == std::string::npos && bytes_.size() > kMostLineBytes) {
    bytes_.resize(kMostLineBytes);
  }
  return is_wanted;
}

}  // namespace palabre::client

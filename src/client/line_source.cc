#include "client/line_source.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <utility>

namespace palabre::client {

LineSource::LineSource(boost::asio::io_context& io, int descriptor, Hear hear)
    : io_(io), descriptor_(::dup(descriptor)), hear_(std::move(hear)) {
  struct stat what {};
  const bool can_wait = ::fstat(descriptor_, &what) == 0 && !S_ISREG(what.st_mode);
  boost::system::error_code cannot;
  if (can_wait) {
    waiting_.emplace(io);
    waiting_->assign(descriptor_, cannot);  // NOLINT(bugprone-unused-return-value)
    if (cannot) waiting_.reset();
  }
}

LineSource::~LineSource() {
  if (waiting_) waiting_->release();
  ::close(descriptor_);
}

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
  if (is_at_end_) {
    if (!std::exchange(is_told_, true)) hear_.end();
    return;
  }
  if (!waiting_) {
    read_some();
    return boost::asio::post(io_, [this] { read_on(); });
  }
  waiting_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                       [this](boost::system::error_code error) {
                         if (error) return;
                         read_some();
                         read_on();
                       });
}

void LineSource::read_some() {
  std::array<char, 16384> buffer{};
  const ssize_t count = ::read(descriptor_, buffer.data(), buffer.size());
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  is_at_end_ = count <= 0;
  if (count > 0) bytes_.append(buffer.data(), static_cast<std::size_t>(count));
}

/// False: no more are wanted.
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

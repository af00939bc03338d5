#include "client/input_watch.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace palabre::client {

std::unique_ptr<InputWatch> InputWatch::open(boost::asio::io_context& io, int descriptor) {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) throw std::system_error(errno, std::generic_category(), "No epoll can be made.");
  epoll_event event{};
  event.events = EPOLLIN;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0) {
    ::close(epoll);
    return nullptr;
  }
  return std::unique_ptr<InputWatch>(new InputWatch(io, epoll));
}

void InputWatch::wait(std::function<void()> on_ready) {
  epoll_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [on_ready = std::move(on_ready)](boost::system::error_code error) {
                      if (!error) on_ready();
                    });
}

}  // namespace palabre::client

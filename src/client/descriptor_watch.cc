#include "client/descriptor_watch.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace palabre::client {

std::unique_ptr<DescriptorWatch> DescriptorWatch::for_input(boost::asio::io_context& io,
                                                            int descriptor) {
  return open(io, descriptor, EPOLLIN);
}

std::unique_ptr<DescriptorWatch> DescriptorWatch::for_hang_up(boost::asio::io_context& io,
                                                              int descriptor) {
  return open(io, descriptor, 0);  // epoll always reports EPOLLERR and EPOLLHUP
}

std::unique_ptr<DescriptorWatch> DescriptorWatch::open(boost::asio::io_context& io, int descriptor,
                                                       std::uint32_t events) {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) throw std::system_error(errno, std::generic_category(), "No epoll can be made.");
  epoll_event event{};
  event.events = events;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0) {
    ::close(epoll);
    return nullptr;
  }
  return std::unique_ptr<DescriptorWatch>(new DescriptorWatch(io, epoll));
}

void DescriptorWatch::wait(std::function<void()> on_ready) {
  epoll_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [on_ready = std::move(on_ready)](boost::system::error_code error) {
                      if (!error) on_ready();
                    });
}

}  // namespace palabre::client

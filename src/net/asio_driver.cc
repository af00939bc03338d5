#include "net/asio_driver.h"

#include <chrono>

namespace palabre::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Batches taken before timers, signals and writes get their turn.
constexpr int kBatchesInARow = 16;

Instant now() { return std::chrono::steady_clock::now(); }

}  // namespace

AsioDriver::AsioDriver(asio::io_context& io, link::Driven& driven, const UdpSocket& socket)
    : driven_(driven), descriptor_(io, socket.descriptor()), timer_(io) {
  wait_readable();
  follow_up();
}

// The socket closes the descriptor.
AsioDriver::~AsioDriver() { descriptor_.release(); }

void AsioDriver::stop() {
  stopped_ = true;
  descriptor_.cancel();
  timer_.cancel();
}

void AsioDriver::wait_readable() {
  descriptor_.async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code error) {
    if (!error && !stopped_) on_readable();
  });
}

void AsioDriver::on_readable() {
  bool drained = false;
  for (int batch = 0; batch < kBatchesInARow && !drained; ++batch) {
    drained = driven_.on_readable(now());
  }
  follow_up();
  wait_readable();
}

void AsioDriver::follow_up() {
  if (stopped_) return;
  if (driven_.wants_to_write() && !waits_to_write_) {
    waits_to_write_ = true;
    descriptor_.async_wait(asio::posix::stream_descriptor::wait_write, [this](error_code error) {
      waits_to_write_ = false;
      if (error || stopped_) return;
      driven_.on_writable(now());
      follow_up();
    });
  }
  // Every message moves the deadline further away. Only an earlier deadline re-arms the timer; a
  // timer that fires too early finds nothing due and is armed again.
  const auto deadline = driven_.next_deadline();
  if (!deadline || (armed_for_ && *armed_for_ <= *deadline)) return;
  armed_for_ = deadline;
  timer_.expires_at(*deadline);
  timer_.async_wait([this](error_code error) {
    if (error || stopped_) return;
    armed_for_.reset();
    driven_.on_deadline(now());
    follow_up();
  });
}

}  // namespace palabre::net

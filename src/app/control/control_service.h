#pragma once

#include <spdlog/logger.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "app/control/control_listener.h"
#include "app/control/control_socket.h"
#include "app/control/counts.h"
#include "chat/effect.h"
#include "net/asio_driver.h"
#include "server/doors/operators/operators_door.h"
#include "server/house.h"

namespace palabre::app {

/// Opens the control socket at `path`; empty: at the default path. On failure the log says why and
/// null is returned: a server works without it.
std::unique_ptr<ControlSocket> open_control(const std::filesystem::path& path, spdlog::logger& log);

/// The log line for an event about a member.
std::string log_words(const chat::Noted& noted);

/// Answers requests that come by the control socket. Borrows everything; all of it outlives this.
class ControlService {
 public:
  struct Parts {
    spdlog::logger& log;
    const Counted& counted;
    server::OperatorsDoor& door;
    server::House& house;
    net::AsioDriver& driver;
  };

  /// `control` null: there is no control socket.
  ControlService(boost::asio::io_context& io, const ControlSocket* control, const Parts& parts);

  void stop();

 private:
  void answer(const server::ControlRequest& request, server::OperatorsDoor::Done done);
  void note(const server::ControlRequest& request, const server::ControlAnswer& answer);

  Parts parts_;
  std::optional<ControlListener> listener_;
};

}  // namespace palabre::app

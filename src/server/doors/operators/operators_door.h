#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/pin.h"
#include "chat/access.h"
#include "chat/hub.h"
#include "chat/ids.h"
#include "guard/gate.h"
#include "server/doors/operators/request.h"
#include "server/house.h"
#include "wire/invite.h"

namespace palabre::server {

/// What an invite is made of, and what its link says of this server.
struct Inviting {
  std::string host;  ///< where the link leads, unless another is asked for
  std::uint16_t port = 0;
  std::optional<Pin> pin;  ///< nothing: members are not admitted, nor invited
  chat::Access access;
  std::function<wire::InviteToken()> draw;
  std::function<WallTime()> wall;
};

/// Carries out what an operator asks, and says what came of it. It knows no socket: whoever asks is
/// allowed to. What strangers chose, nicknames and rooms, was made safe when they chose it.
///
/// Borrows hub, gate and server; they outlive it. The thread of the server.
class Control {
 public:
  Control(chat::Hub& hub, guard::Gate& gate, Server& server, Inviting inviting)
      : hub_(hub), gate_(gate), server_(server), inviting_(std::move(inviting)) {}

  using Done = std::function<void(const ControlAnswer&)>;

  /// `counts`: the table for `kStats`. `done` is called once: at once, or for an invite as soon as
  /// it is known whether it is kept (`hear_history`). What there is to send is sent as far as the
  /// socket takes it; see `AsioDriver::follow_up`.
  void answer(const ControlRequest& request, std::string_view counts, Instant now, Done done);
  /// The server has heard what its history had to say.
  void hear_history();
  /// Nobody waits for an answer any more.
  void stop() { invited_.clear(); }

 private:
  using Listed = chat::Hub::Listed;
  struct Invited {
    chat::InviteMade record;
    std::string text;  ///< the answer, once it is kept
    Done done;
  };

  /// Whom an operator means. A guest's address goes before an address, that before a nickname, so
  /// that nobody who calls itself 10.0.0.7 draws a ban on itself; `10.0.0.7*` means the nickname.
  struct Target {
    std::optional<Listed> guest;
    std::optional<Address> address;  ///< the guest's, or one that nobody is online from
    bool without_port = false;
  };
  /// Everybody, each where it is now.
  std::vector<Listed> list(Instant now) const;
  Target find(const std::string& target, Instant now) const;
  Result<Listed> find_guest(const std::string& target, std::string_view verb, Instant now) const;

  Result<std::string> who(const ControlRequest& request, Instant now) const;
  Result<std::string> kick(const ControlRequest& request, Instant now);
  Result<std::string> mute(const ControlRequest& request, Instant now);
  Result<std::string> ban(const ControlRequest& request, Instant now);
  Result<std::string> unban(const ControlRequest& request);
  Result<std::string> freeze(const ControlRequest& request, Instant now);
  Result<Invited> draw_invite(const ControlRequest& request) const;
  void invite(const ControlRequest& request, Instant now, Done done);
  std::string stats(std::string_view counts, Instant now) const;
  Result<std::string> carry_out(const ControlRequest& request, std::string_view counts,
                                Instant now);

  chat::Hub& hub_;
  guard::Gate& gate_;
  Server& server_;
  Inviting inviting_;
  std::vector<Invited> invited_;  // that are not kept yet
};

}  // namespace palabre::server

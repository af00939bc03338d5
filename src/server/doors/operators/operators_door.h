#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/pin.h"
#include "base/result.h"
#include "chat/access.h"
#include "chat/effect.h"
#include "chat/event.h"
#include "chat/ids.h"
#include "guard/gate.h"
#include "server/door.h"
#include "server/doors/operators/request.h"
#include "wire/invite.h"

namespace palabre::server {

/// Parameters of invites and of their links.
struct Inviting {
  std::string host;  ///< the host in the link, unless the request names one
  std::uint16_t port = 0;
  std::optional<Pin> pin;  ///< nothing: members are neither admitted nor invited
  chat::Access access;
  std::function<wire::InviteToken()> draw;
  std::function<WallTime()> wall;
};

/// The door of operators: a request becomes commands, and the hub's answers become text. The door
/// has no socket and no authorisation of its own: requires that its callers are authorised.
/// Strangers' nicknames and room names were made safe to show when they were chosen.
///
/// Pending requests have no limit here; the control socket has one (`app::ControlListener`). A
/// request that needs a record waits as long as the registry's disk takes. Borrows the gate, which
/// must outlive the door. One thread.
class OperatorsDoor final : public Door {
 public:
  /// Receives records about members, for the log.
  using Note = std::function<void(const chat::Noted&)>;

  OperatorsDoor(chat::DoorIndex index, guard::Gate& gate, Inviting inviting, Note note = {})
      : Door(index), gate_(gate), inviting_(std::move(inviting)), note_(std::move(note)) {}

  using Done = std::function<void(const ControlAnswer&)>;

  /// `counts`: the table for `kStats`. `done` is called once: in this call, or in the next
  /// `House::settle`, which the caller must then call. If the registry must keep a record, `done`
  /// is called when the record is kept or refused. After `stop` it is not called.
  void ask(const ControlRequest& request, std::string counts, Instant now, Done done);
  /// Drops all pending requests without an answer.
  void stop() { pending_.clear(); }

  std::optional<chat::Command> next_command(Instant now) override;
  void carry_out(const chat::Effect& effect) override;
  std::vector<chat::Read> take_reads() override { return {}; }
  void take(const chat::Slice& /*it reads nothing*/) override {}
  void deliver(Instant /*answers wait for nothing*/) override {}
  bool wants_to_write() const override { return false; }
  void on_writable(Instant /*now*/) override {}
  std::optional<Instant> next_deadline() const override { return std::nullopt; }
  void on_deadline(Instant /*now*/) override {}
  void close(Instant /*now*/) override { stop(); }

 private:
  struct Pending {
    ControlRequest request;
    std::string counts;
    Instant now;
    Done done;
    std::string text;  ///< the answer, once the request is done
  };
  // Effects.
  void on(const chat::TellOperator& tell);
  void on(const chat::Noted& noted) {
    if (note_) note_(noted);
  }
  // Rooms and sessions belong to other doors.
  void on(const chat::OpenRoom& /*open*/) {}
  void on(const chat::CloseRoom& /*close*/) {}
  void on(const chat::StartReading& /*start*/) {}
  void on(const chat::StopReading& /*stop*/) {}
  void on(const chat::ShowPast& /*show*/) {}
  void on(const chat::SetNumbered& /*set*/) {}
  void on(const chat::RoomAdvanced& /*advanced*/) {}
  void on(const chat::RoomRedacted& /*redacted*/) {}
  void on(const chat::Tell& /*tell*/) {}
  void on(const chat::NetworkBanned& /*banned*/) {}
  void on(const chat::SetPace& /*pace*/) {}
  void on(const chat::Gone& /*gone*/) {}
  void on(const chat::Append& /*append*/) {}
  void on(const chat::KeepRecord& /*keep*/) {}

  // Answers to a pending request.
  using Answer = Result<std::string>;
  Answer answer_to(const Pending& pending, const chat::Online& online) const;
  Answer answer_to(const Pending& pending, const chat::Rooms& rooms) const;
  Answer answer_to(const Pending& pending, const chat::Done& done) const;
  Answer answer_to(const Pending& pending, const chat::Ruled& ruled) const;
  Answer answer_to(const Pending& pending, const chat::Refused& refused) const;
  Answer answer_to(const Pending& pending, const chat::Members& members) const;
  Answer answer_to(const Pending& pending, const chat::RoomsDescribed& rooms) const;

  Result<std::string> who(const ControlRequest& request, const chat::Online& online) const;
  static Result<chat::OperatorRequest> order(const ControlRequest& request);
  static Result<chat::OperatorRequest> members(const ControlRequest& request);
  static Result<chat::OperatorRequest> rooms(const ControlRequest& request);
  Result<chat::OperatorRequest> invite(Pending& pending) const;
  static Result<chat::OperatorRequest> revoke(Pending& pending);
  std::string stats(const Pending& pending, const chat::Rooms& rooms) const;

  guard::Gate& gate_;
  Inviting inviting_;
  Note note_;
  std::map<chat::Tag, Pending> pending_;
  std::deque<chat::Command> commands_;  // one per pending request
  chat::Tag last_tag_;
};

}  // namespace palabre::server

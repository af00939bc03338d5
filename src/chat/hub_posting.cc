#include <memory>
#include <utility>
#include <variant>

#include "chat/direct_room.h"
#include "chat/hub.h"

// Messages.

namespace palabre::chat {

void Hub::ask(const Asker& by, const Post& post, Effects& effects) {
  if (const auto room = room_of(by, post.room, effects, post.id)) {
    this->post(by, *room, post, effects);
  }
}

void Hub::post(const Asker& by, RoomId room, const Post& post, Effects& effects) {
  if (!is_registry_read_) return refuse(by, StillStarting{post.id}, effects);
  by.session.go_on_after(post.id);
  if (!by.session.order_hold.is_empty()) {
    if (post.id) by.session.order_hold.note(room, *post.id, ++by.session.posts);
    return refuse(by, CannotKeep{Trouble::kAfterAnother, post.id}, effects);
  }
  Message message{post.kind, by.session.shown(), post.text,
                  by.session.key() ? author_id_of(*by.session.key()) : AuthorId{}};
  const Draft::Bar bar = bar_of(by, room, message);
  std::string author = by.session.author();
  std::string owner = by.session.key() ? author : by.session.owner();
  Draft draft{room,
              by.id,
              std::make_shared<const Message>(std::move(message)),
              std::move(author),
              post.id,
              by.session.epoch,
              0,
              bar,
              std::move(owner),
              by.session.network()};
  if (direct_for(by.session, rooms_.at(room).name()) == Registry::Direct::kAsks) {
    draft.most = limits_.messages_of_request;
  }
  // A retried post may be in the log since before it was barred.
  const bool may_be_kept = by.session.caps.ordered_posts && post.id;
  if (bar != Draft::Bar::kNone && !may_be_kept)
    return refuse(by, refusal_of(draft, by.now), effects);
  if (const auto wait = pay_for_room(by, room)) {
    return refuse(by, TooMuchTaken{Good::kRoomKept, *wait, post.id}, effects);
  }
  draft.sequence = ++by.session.posts;
  effects.push_back(Append{std::move(draft)});
}

/// Rooms for two have a price of their own.
std::optional<Duration> Hub::pay_for_room(const Asker& by, RoomId id) {
  Room& room = rooms_.at(id);
  if (room.is_paid() || !promise_of(id).kept) return std::nullopt;
  if (looks_.lasts(room.name()) || is_direct_room(room.name())) return std::nullopt;
  const auto wait = budgets_.take(Good::kRoomKept, by.session.identity, by.now);
  if (!wait) room.set_paid();
  return wait;
}

Draft::Bar Hub::bar_of(const Asker& by, RoomId id, const Message& message) {
  Room& room = rooms_.at(id);
  const RoomName& name = room.name();
  if (is_muted(by.session, name)) return Draft::Bar::kMuted;
  const RoomFacts& facts = registry_.facts_of(name);
  if (facts.frozen) return Draft::Bar::kFrozen;
  if (line_bytes(message) > limits_.line_bytes) return Draft::Bar::kTooLong;
  return takes_turn(by, room, facts.slow) ? Draft::Bar::kNone : Draft::Bar::kSlow;
}

bool Hub::is_muted(const Session& session, const std::optional<RoomName>& room) const {
  return registry_.decisions().find<Mute>(session.identity, room) != nullptr;
}

bool Hub::takes_turn(const Asker& by, Room& room, const Slow& slow) const {
  if (!slow.holds() || rank_of(by.session.key(), room.name()) >= Rank::kRoomOperator) return true;
  return room.take_turn(by.session.owner(), std::chrono::seconds(slow.seconds), by.now);
}

Refusal Hub::refusal_of(const Draft& draft, Instant now) const {
  switch (draft.bar) {
    case Draft::Bar::kMuted:
      return Muted{draft.id};
    case Draft::Bar::kFrozen:
      return RoomFrozen{draft.id};
    case Draft::Bar::kTooLong:
      return LineTooLong{line_bytes(*draft.message), limits_.line_bytes, draft.id};
    case Draft::Bar::kSlow: {
      const auto room = rooms_.find(draft.room);
      if (room == rooms_.end()) break;
      const auto wait = room->second.turn_after(draft.owner, now);
      return NotYourTurn{registry_.facts_of(room->second.name()).slow.seconds,
                         static_cast<std::uint32_t>(wait.count()), draft.id};
    }
    case Draft::Bar::kNone:
      break;
  }
  const auto room = rooms_.find(draft.room);
  const auto author = sessions_.find(draft.session);
  if (draft.most != 0 && room != rooms_.end() && author != sessions_.end()) {
    const std::string with = name_for(author->second, room->second.name()).substr(1);
    return NotInPrivate{NotInPrivate::Why::kNotAccepted, with, draft.most, draft.id};
  }
  return CannotKeep{Trouble::kBarred, draft.id};
}

void Hub::on(const Advanced& advanced, Instant /*now*/, Effects& effects) {
  RoomAdvanced advance{advanced.room,    advanced.number, {},
                       advanced.message, std::nullopt,    advanced.kept_at};
  if (advanced.on_disk && advanced.number.value == 1) {
    const auto room = rooms_.find(advanced.room);
    if (room != rooms_.end()) looks_.kept(room->second.name());
    found(advanced, effects);
  }
  note_spoken(advanced, effects);
  std::optional<Tell> apart;
  if (advanced.draft) {
    advance.author_session = advanced.draft->session;
    const auto author = sessions_.find(advanced.draft->session);
    if (author != sessions_.end() && author->second.key()) {
      keep_member(*author->second.key(), effects);
    }
    if (author != sessions_.end() && (advanced.draft->id || author->second.wants_acks)) {
      const Acknowledged answer{advanced.number,  advanced.draft->id, advanced.room,
                                advanced.kept_at, advanced.on_disk,   false};
      // An author in the room gets its answer in the order of the numbers, among the others'
      // messages, so the highest number it has seen has no gaps before it. An author that has left
      // the room is told separately.
      if (author->second.is_in(advanced.room)) {
        advance.answer = answer;
      } else {
        apart = Tell{advanced.draft->session, answer};
      }
    }
  }
  effects.push_back(std::move(advance));
  if (apart) effects.push_back(*std::move(apart));
}

void Hub::on(const Repeated& repeated, Instant /*now*/, Effects& effects) {
  if (!sessions_.contains(repeated.draft.session)) return;
  effects.push_back(
      Tell{repeated.draft.session, Acknowledged{repeated.number, repeated.draft.id, repeated.room,
                                                repeated.kept_at, repeated.on_disk, true}});
}

void Hub::on(const NotKept& not_kept, Instant now, Effects& effects) {
  const Draft& draft = not_kept.draft;
  const auto room = rooms_.find(draft.room);
  // Else the retry of this post would have to wait for another turn.
  if (draft.bar == Draft::Bar::kNone && room != rooms_.end()) {
    room->second.give_turn_back(draft.owner);
  }
  const auto author = sessions_.find(draft.session);
  if (author == sessions_.end()) return;
  Session& session = author->second;
  const bool holds_up = session.caps.ordered_posts && draft.id && is_transient(not_kept.trouble) &&
                        draft.epoch == session.epoch;
  // An author that has left the room has given up this post. The epoch continues: drafts in flight
  // after this one are refused as well, and each can hold the session itself.
  if (holds_up && session.is_in(draft.room)) {
    session.order_hold.note(draft.room, *draft.id, draft.sequence);
  }
  const bool is_barred = not_kept.trouble == Trouble::kBarred;
  effects.push_back(
      Tell{draft.session, Refused{is_barred ? refusal_of(draft, now)
                                            : Refusal(CannotKeep{not_kept.trouble, draft.id})}});
}

void Hub::on(const Removed& removed, Instant /*now*/, Effects& effects) {
  // It comes before the record of the decision.
  bool is_counted = false;
  for (Waiting& one : waiting_) {
    const auto* const decision = std::get_if<Decision>(&one.record);
    if (decision == nullptr) continue;
    // Removals of many messages are carried out one after the other.
    is_counted = is_counted || count_removed(one, *decision, removed);
    const auto* const one_of = std::get_if<Delete>(&decision->act);
    if (one_of == nullptr || one_of->room != removed.room) continue;
    one.has_removed = one.has_removed ||
                      std::ranges::find(removed.numbers, one_of->number) != removed.numbers.end();
  }
  const auto room = rooms_by_name_.find(removed.room.text);
  if (room == rooms_by_name_.end()) return;
  effects.push_back(RoomRedacted{room->second, removed.numbers});
}

void Hub::ask(const Asker& by, const SetAcks& set, Effects& effects) {
  if (by.session.caps.many_rooms) return refuse(by, OneRoomOnly{"/ack"}, effects);
  by.session.wants_acks = set.on;
  effects.push_back(SetNumbered{by.id, set.on});
  answer(by, AcksSet{set.on, promise_of(by.session.rooms.front()).kept}, effects);
}

}  // namespace palabre::chat

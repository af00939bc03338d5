#include <algorithm>
#include <iterator>

#include "client/peer_names.h"
#include "client/server_log.h"
#include "client/server_words.h"
#include "client/session.h"
#include "wire/log_entries.h"
#include "wire/member_frames.h"
#include "wire/palabre.pb.h"

// The server's events. The server is not trusted: an event that makes no sense is ignored, or ends
// the session with a sentence.

namespace palabre::client {
namespace {

using proto::Event;

bool is_for_the_moment(proto::Refused::Why why) {
  return why == proto::Refused::CANNOT_KEEP || why == proto::Refused::TOO_FAST;
}

}  // namespace

void Session::read_event(std::string_view frame, Instant now) {
  Event event;
  if (!event.ParseFromArray(frame.data(), static_cast<int>(frame.size()))) {
    return fail("bytes that are not an event");
  }
  if (event.what_case() == Event::kGoodbye) return on_goodbye(event);
  if (!is_online_) return on_login_event(event, now);
  on_event(event, now);
}

void Session::on_event(const Event& event, Instant now) {
  // A pong does not announce more events.
  if (event.what_case() != Event::kPong) {
    is_busy_ = now - std::exchange(spoke_at_, now) < kQuiet;
  }
  switch (event.what_case()) {
    case Event::kMessage:
      return on_message(event);
    case Event::kAcknowledged:
      return on_acknowledged(event);
    case Event::kGap:
      return on_gap(event);
    case Event::kRemoved:
      return on_removed(event.removed());
    case Event::kLeft:
      on_left(event);
      break;
    case Event::kRefused:
      if (const auto post = outbox_.find(event.refused().id())) {
        return on_post_refused(event.refused(), *post, now);
      }
      break;
    case Event::kNickTaken:
      on_nick_taken(event);
      break;
    case Event::kRoomChanged:
      on_room_changed(event.room_changed());
      break;
    case Event::kSlowed:
      outcomes_.emplace_back(Slowed{std::chrono::milliseconds(event.slowed().next_ms()),
                                    std::chrono::milliseconds(event.slowed().every_ms())});
      break;
    case Event::kAskedToWrite:
      on_asked_to_write(event.asked_to_write());
      break;
    default:
      break;
  }
  if (event.what_case() == Event::kJoined && event.tag() == 0) on_put_into(event.joined());
  const auto asked = asked_.extract(event.tag());
  if (asked.empty()) return;
  if (now - asked.mapped().at <= kSuspect / 2) patience_ = kSuspect;
  on_answer(event, asked.mapped());
}

void Session::on_answer(const Event& event, const Asked& asked) {
  const auto what = event.what_case();
  if (what == Event::kRefused) return on_refused(event.refused(), asked);
  if (asked.what == Asked::What::kQuestion && what != asked.answer) {
    outcomes_.emplace_back(QuestionRefused{asked.question, "The server answered something else."});
  } else if (asked.what == Asked::What::kQuestion && what == Event::kPast) {
    on_past(event.past(), asked);
  } else if (asked.what == Asked::What::kQuestion && what == Event::kPresent) {
    on_present(event.present(), asked);
  } else if (asked.what == Asked::What::kQuestion && what == Event::kContacts) {
    on_contacts(event.contacts(), asked);
  } else if (asked.what == Asked::What::kQuestion && what == Event::kRuled) {
    outcomes_.emplace_back(Ruled{asked.question, lines_of(event.ruled().words())});
  } else if (asked.what == Asked::What::kJoin && what == Event::kJoined) {
    on_joined(event.joined(), asked.room);
  } else if (asked.what == Asked::What::kAway && what == Event::kAwaySet) {
    outcomes_.emplace_back(AwayChanged{line_of(event.away_set().note(), kMostNoteBytes)});
  }
  // Else an event of a later version: nothing to do.
  if (what == Event::kPong) give_up_questions(asked.at - kQuestionPatience);
}

/// An older server skips a command that it does not know.
void Session::give_up_questions(Instant before) {
  std::erase_if(asked_, [&](const auto& one) {
    const Asked& asked = one.second;
    if (asked.what != Asked::What::kQuestion || asked.at >= before) return false;
    outcomes_.emplace_back(QuestionRefused{
        asked.question, "The server does not answer that; it may be an older version."});
    return true;
  });
}

/// Our own lines are told from others' by the nickname, so an invalid one ends the session.
void Session::on_nick_taken(const Event& event) {
  auto nick = nick_of(event.nick_taken().nick());
  if (!nick) return fail("an invalid nickname for you");
  nick_ = *std::move(nick);
  identity_.nicks = {nick_};
  nick_tried_ = 0;
  outcomes_.emplace_back(NickChanged{nick_});
}

void Session::on_room_changed(const proto::RoomChanged& changed) {
  const auto room = find_room(changed.room_id());
  if (room == rooms_.end()) return;
  outcomes_.emplace_back(
      RoomChanged{room->first, wire::facts_of(changed.facts()), line_of(changed.words())});
}

void Session::on_joined(const proto::Joined& joined, const chat::RoomName& asked) {
  const auto place = settle_name(asked, room_of(joined.room()).value_or(asked));
  if (place == rooms_.end()) return;  // left meanwhile
  auto& [name, room] = *place;
  if (asks_for_less(name, room, joined)) return;
  const chat::LogId log{joined.log()};
  const chat::Number end{joined.end()};
  // A cursor of another log of the room has no meaning in this one.
  chat::Number after;
  bool may_jump = true;
  if (room.from.after && room.from.after->log == log) {
    after = room.from.after->number;
    may_jump = false;
  } else if (!room.from.after && !room.was_joined) {
    after = {end.value - std::min<std::uint64_t>(end.value, room.from.last)};
  }
  room.is_again = room.was_joined;
  room.was_joined = true;
  room.reading.begin({log, after}, may_jump);
  room.id = joined.room_id();
  room.end = end;
  room.on_disk = joined.kept();
  room.is_replaying = true;
  room.replayed = 0;
  room.is_held = outbox_.may_be_known(name);
  room.reading.hold(room.is_held);
  const std::uint64_t seen = room.reading.cursor().number.value;
  outcomes_.emplace_back(Joined{asked,
                                name,
                                {log, end},
                                joined.others(),
                                joined.kept(),
                                joined.by_invitation(),
                                room.is_again,
                                end.value - std::min(end.value, seen),
                                room.skipped,
                                wire::facts_of(joined.facts()),
                                joined.is_request()});
  show(name, room);
}

/// If more than `from.most` messages were missed, joins again for the last ones only and returns
/// true. The events of the first join are dropped: no room has its ID.
bool Session::asks_for_less(const chat::RoomName& name, Room& room, const proto::Joined& joined) {
  const auto& after = room.from.after;
  if (room.was_joined || room.from.most == 0 || !after || after->log.value != joined.log()) {
    return false;
  }
  const std::uint64_t unseen = joined.end() - std::min(joined.end(), after->number.value);
  if (unseen <= room.from.most) return false;
  room.skipped = unseen - room.from.most;
  room.from.last = room.from.most;
  room.from.after.reset();
  send_join(name, room, heard_at_);
  return true;
}

/// An unasked `Joined`: a member has opened a room for two with us. Its messages follow.
void Session::on_put_into(const proto::Joined& joined) {
  const auto name = room_of(joined.room());
  if (!name) return;
  const auto put_into = std::count_if(rooms_.begin(), rooms_.end(),
                                      [](const auto& one) { return one.second.was_put_into; });
  const bool is_full =
      rooms_.size() >= kMostRooms || static_cast<std::size_t>(put_into) >= kMostPutInto;
  const bool may_be_put = chat::is_for_two(*name) && !is_full;
  if (!may_be_put && !rooms_.contains(*name)) return;
  const auto [place, is_new] = rooms_.try_emplace(*name);
  place->second.from.last = 0;
  if (is_new) place->second.was_put_into = true;
  on_joined(joined, *name);
}

/// Renames the room `asked` to its proper name and returns it; the end of `rooms_` if it was left
/// meanwhile. A room for two can only get another such name, and no other room can get one.
Session::Rooms::iterator Session::settle_name(const chat::RoomName& asked,
                                              const chat::RoomName& proper) {
  const auto place = rooms_.find(asked);
  if (place == rooms_.end() || asked == proper) return place;
  if (chat::is_for_two(asked) != chat::is_for_two(proper)) return place;
  outbox_.rename(asked, proper);
  auto node = rooms_.extract(place);
  node.key() = proper;
  auto put = rooms_.insert(std::move(node));
  // Both names were joined, and they are the same room.
  if (!put.inserted) tell_own(proper, put.node.mapped().reading);
  return put.position;
}

void Session::on_refused(const proto::Refused& refused, const Asked& asked) {
  std::string words = words_of(refused);
  if (asked.what == Asked::What::kQuestion) {
    outcomes_.emplace_back(QuestionRefused{asked.question, std::move(words)});
    return;
  }
  if (asked.what != Asked::What::kJoin) return;
  const auto room = rooms_.find(asked.room);
  if (room == rooms_.end()) return;
  const auto why = refused.why() == proto::Refused::NOT_INVITED ? JoinRefused::Why::kNotInvited
                                                                : JoinRefused::Why::kOther;
  const std::size_t place = outcomes_.size();
  outcomes_.emplace_back(JoinRefused{asked.room, why, words});
  take_out(room, words);
  // `take_out` has reported each post that it gave up with the same words.
  std::get<JoinRefused>(outcomes_[place]).is_told_with_posts = outcomes_.size() > place + 1;
}

void Session::on_post_refused(const proto::Refused& refused, PostId post, Instant now) {
  if (is_for_the_moment(refused.why())) {
    outbox_.put_off(post, now);
  } else {
    Outbox::Post taken = outbox_.remove(post);
    // On `NOT_JOINED` the server has not looked for an earlier copy; on other refusals it has.
    taken.may_be_kept = taken.may_be_kept && refused.why() == proto::Refused::NOT_JOINED;
    tell_refused(std::move(taken), words_of(refused));
  }
  release_held();
}

void Session::on_message(const Event& event) {
  const auto place = find_room(event.message().room_id());
  if (place == rooms_.end() || !is_number(event.message().number())) return;
  Line line = line_of_log(event.message());
  Reading& reading = place->second.reading;
  if (line.message.kind == chat::Kind::kRemoved && reading.has(line.number)) {
    // An own post that was answered on an earlier link took its place before this came.
    const chat::NumberRanges removed(std::vector{line.number});
    reading.redact(removed);
    outcomes_.emplace_back(Removed{place->first, removed});
  }
  reading.add(std::move(line));
  show(place->first, place->second);
}

void Session::on_acknowledged(const Event& event) {
  const auto& answer = event.acknowledged();
  const auto post = outbox_.find(answer.id());
  if (!post || !is_number(answer.number())) return;
  Outbox::Post taken = outbox_.remove(*post);
  Reading::Own own{*post,
                   {chat::Number{answer.number()},
                    {taken.kind, nick_, std::move(taken.text), author_id()},
                    WallTime{answer.kept_at()}},
                   answer.kept()};
  const auto place = find_room(answer.room_id());
  if (place == rooms_.end() || place->first != taken.room) {  // left meanwhile
    outcomes_.emplace_back(Kept{*post, taken.room, std::move(own.line), own.on_disk});
    return;
  }
  place->second.reading.add_own(std::move(own), !answer.repeated());
  release_held();
  show(place->first, place->second);
}

void Session::on_gap(const Event& event) {
  const auto& gap = event.gap();
  const auto place = find_room(gap.room_id());
  if (place == rooms_.end()) return;
  const bool new_log = gap.why() == proto::Gap::NEW_LOG;
  if (!new_log && (!is_number(gap.from()) || !is_number(gap.to()))) return;
  place->second.reading.add_hole({{gap.from()}, {gap.to()}, new_log, words_of(gap), why_of(gap)});
  show(place->first, place->second);
}

void Session::on_removed(const proto::Removed& removed) {
  const auto place = find_room(removed.room_id());
  if (place == rooms_.end()) return;
  chat::NumberRanges numbers = ranges_of(removed);
  if (numbers.is_empty()) return;
  const bool is_done = place->second.reading.redact(numbers);
  outcomes_.emplace_back(Removed{place->first, std::move(numbers)});
  // Which of the lines held back are meant is not known. On a new link the server sends them again.
  if (!is_done) drop_link(0, "A part of a room has to be read again.");
}

/// Handles an unasked `Left` only. An answer to our own `Leave` says nothing new, and the room may
/// have been joined again since.
void Session::on_left(const Event& event) {
  if (event.tag() != 0) return;
  const auto place = find_room(event.left().room_id());
  if (place == rooms_.end()) return;
  const std::string words = line_of(event.left().words());
  outcomes_.emplace_back(HasLeft{place->first, words});
  take_out(place,
           words.empty() ? "The server took you out of the room before an answer came." : words);
}

void Session::on_past(const proto::Past& past, const Asked& asked) {
  Page page{asked.question, asked.room, {}, {}, {past.up_to()}};
  chat::Number last = asked.after;
  for (const auto& message : past.messages()) {
    if (page.lines.size() >= asked.most) {  // more than was asked for
      page.up_to = last;
      break;
    }
    if (!is_number(message.number()) || message.number() <= last.value) continue;
    last = {message.number()};
    page.lines.push_back(line_of_log(message));
  }
  for (const auto& gap : past.gaps()) {
    if (page.missed.size() > asked.most) break;
    if (!is_number(gap.from()) || !is_number(gap.to()) || gap.to() < gap.from()) continue;
    page.missed.push_back(
        {asked.room, {gap.from()}, {gap.to()}, false, words_of(gap), why_of(gap)});
  }
  outcomes_.emplace_back(std::move(page));
}

Session::Rooms::iterator Session::find_room(std::uint64_t id) {
  return std::find_if(rooms_.begin(), rooms_.end(),
                      [&](const auto& one) { return one.second.id == id; });
}

/// Releases a room's held lines once no post sent for it on an earlier link is unanswered.
void Session::release_held() {
  for (auto& [name, room] : rooms_) {
    if (!room.is_held || outbox_.may_be_known(name)) continue;
    room.is_held = false;
    room.reading.hold(false);
    show(name, room);
  }
}

void Session::show(const chat::RoomName& name, Room& room) {
  for (Reading::Item& item : room.reading.take_items()) {
    if (auto* const line = std::get_if<Line>(&item)) {
      const bool replayed = line->number <= room.end;
      if (replayed) ++room.replayed;
      outcomes_.emplace_back(Shown{name, std::move(*line), replayed});
    } else if (auto* const own = std::get_if<Reading::Own>(&item)) {
      outcomes_.emplace_back(
          Kept{own->post, name, std::move(own->line), own->on_disk, own->was_shown});
    } else if (auto* const hole = std::get_if<Reading::Hole>(&item)) {
      outcomes_.emplace_back(
          Missed{name, hole->from, hole->to, hole->new_log, std::move(hole->words), hole->why});
    }
  }
  if (room.is_replaying && !room.is_held && room.reading.cursor().number >= room.end) {
    room.is_replaying = false;
    outcomes_.emplace_back(CaughtUp{name, room.replayed, room.is_again});
  }
}

}  // namespace palabre::client

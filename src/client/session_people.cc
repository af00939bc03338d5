#include <utility>

#include "client/peer_names.h"
#include "client/server_words.h"
#include "client/session.h"
#include "wire/log_entries.h"
#include "wire/member_frames.h"
#include "wire/palabre.pb.h"

// Events about other people: who is there, and who asks to write.

namespace palabre::client {

void Session::on_present(const proto::Present& present, const Asked& asked) {
  PresentNow now{asked.question, asked.room, present.count(), {}, wire::facts_of(present.facts())};
  for (const auto& person : present.people()) {
    if (now.people.size() >= kMostPeople) break;
    auto name = author_of(person.name());
    if (!name) continue;
    now.people.push_back({*std::move(name), person.guest(), line_of(person.away(), kMostNoteBytes),
                          wire::parse_author_id(person.author_id())});
  }
  outcomes_.emplace_back(std::move(now));
}

void Session::on_asked_to_write(const proto::AskedToWrite& asked) {
  auto nick = nick_of(asked.nick());
  if (!nick) return;
  outcomes_.emplace_back(AskedToWrite{*std::move(nick), wire::parse_author_id(asked.author_id()),
                                      line_of(asked.text())});
}

void Session::on_contacts(const proto::Contacts& contacts, const Asked& asked) {
  const auto what = wire::contact_of(contacts.what());
  if (!what) {
    outcomes_.emplace_back(QuestionRefused{asked.question, "The server answered something else."});
    return;
  }
  outcomes_.emplace_back(Contacts{asked.question, *what, nick_of(contacts.nick()).value_or(""),
                                  nicks_of(contacts.nicks(), kMostContacts), contacts.all()});
}

}  // namespace palabre::client

#include <gtest/gtest.h>

#include "chat/event.h"
#include "chat/history.h"
#include "wire/frames.h"
#include "wire/member_frames.h"
#include "wire/palabre.pb.h"

// A member's post was refused because its network had the largest share of a full room. The frame
// said "again later", as for a disk that is full, but the server held back none of the posts after
// it: they were kept, and the client sent the refused one again by itself, for hours if need be. It
// was kept after those that were written later. Found by the simulation of the whole house.

namespace palabre::wire {
namespace {

proto::Refused::Why why_on_the_wire(chat::Trouble trouble) {
  FrameReader frames;
  frames.add(encode_event(chat::Refused{chat::CannotKeep{trouble, chat::MessageId{"id-1"}}},
                          chat::Tag{0}));
  proto::Event event;
  const auto body = frames.next();
  EXPECT_TRUE(body && event.ParseFromArray(body->data(), static_cast<int>(body->size())));
  EXPECT_EQ(event.refused().id(), "id-1");
  return event.refused().why();
}

TEST(PostsThatOvertakeARefusedOne, AClientIsToldToSendAgainOnlyWhatHoldsUpThePostsAfterIt) {
  using enum chat::Trouble;
  for (const auto trouble : {kDiskFull, kDiskFailing, kLocked, kTooManyRooms, kTooMuchWaits,
                             kAfterAnother, kDamagedId, kBarred, kRoomFull, kAllFull}) {
    EXPECT_EQ(why_on_the_wire(trouble) == proto::Refused::CANNOT_KEEP, is_transient(trouble))
        << static_cast<int>(trouble);
  }
}

}  // namespace
}  // namespace palabre::wire

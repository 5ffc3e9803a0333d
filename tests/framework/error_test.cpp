#include "framework/error.h"

#include <gtest/gtest.h>
#include <thread>

namespace fno {
namespace {

std::string detail_of_an_error() {
  try {
    fail(ErrorKind::data, "a file");
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "a file");
    return e.detail();
  }
}

TEST(ErrorContext, TellsWhatIsBeingDoneOutermostFirst) {
  EXPECT_EQ(detail_of_an_error(), "");
  int epoch = 1;
  const ErrorContext outer([&](std::ostream& words) { words << "training, epoch " << epoch; });
  {
    const ErrorContext inner([](std::ostream& words) { words << "computing layer lift"; });
    epoch = 2;  // put together when the error is made, not before
    EXPECT_EQ(detail_of_an_error(), "  while training, epoch 2\n  while computing layer lift");
  }
  EXPECT_EQ(detail_of_an_error(), "  while training, epoch 2");
}

TEST(ErrorContext, EveryThreadHasItsOwn) {
  const ErrorContext here([](std::ostream& words) { words << "waiting"; });
  std::string there = "unset";
  std::thread([&] { there = detail_of_an_error(); }).join();
  EXPECT_EQ(there, "");
}

}  // namespace
}  // namespace fno

#pragma once

#include <gtest/gtest.h>
#include <string>

#include "framework/error.h"

namespace fno::test {

/// Passes if `act` throws an Error of that kind whose one line contains `text`.
template <class Act>
::testing::AssertionResult throws_error(ErrorKind kind, const std::string& text, const Act& act) {
  try {
    act();
  } catch (const Error& e) {
    const std::string line = e.what();
    if (e.kind() == kind && line.find(text) != std::string::npos && line.find('\n') == std::string::npos)
      return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << "error of kind " << e.exit_code() << ": " << line;
  }
  return ::testing::AssertionFailure() << "no error";
}

}  // namespace fno::test

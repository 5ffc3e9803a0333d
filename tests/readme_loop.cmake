# The README shows tests/examples/training_loop.cpp as it is.
file(READ ${ROOT}/README.md readme)
file(READ ${ROOT}/tests/examples/training_loop.cpp loop)
string(FIND "${readme}" "${loop}" at)
if(at EQUAL -1)
  message(FATAL_ERROR "README.md does not hold tests/examples/training_loop.cpp as it stands")
endif()

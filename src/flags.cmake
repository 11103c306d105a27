# SPDX-License-Identifier: MIT
# Warnings, sanitizers and speed as INTERFACE targets: nothing is added to CMAKE_C_FLAGS.
add_library(ut_flags INTERFACE)
target_compile_options(ut_flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wdouble-promotion -Wstrict-prototypes -Wvla -Wundef
  -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -fno-math-errno -ffp-contract=off
  $<$<BOOL:${UT_WERROR}>:-Werror>)
if(UT_SANITIZE STREQUAL "address" OR UT_SANITIZE STREQUAL "fuzzer")
  set(san -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(UT_SANITIZE STREQUAL "fuzzer")
    list(APPEND san -fsanitize=fuzzer-no-link)
  endif()
elseif(UT_SANITIZE STREQUAL "thread")
  set(san -fsanitize=thread -fno-omit-frame-pointer)
elseif(UT_SANITIZE)
  message(FATAL_ERROR "UT_SANITIZE=${UT_SANITIZE} is not known: use address, thread or fuzzer")
endif()
if(san)
  target_compile_options(ut_flags INTERFACE ${san})
  target_link_options(ut_flags INTERFACE ${san})
  target_compile_definitions(ut_flags INTERFACE UT_NO_CLONES) # ifunc resolvers run before the sanitizer
endif()
if(UT_COVERAGE)
  target_compile_options(ut_flags INTERFACE --coverage -O0)
  target_link_options(ut_flags INTERFACE --coverage)
endif()

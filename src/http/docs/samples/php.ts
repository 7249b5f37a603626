import { literal, type Style, singleQuoted } from './literal.ts'
import type { SampleRequest } from './request.ts'

const STYLE: Style = {
  object: ['[', ']'],
  array: ['[', ']'],
  pair: (name, value) => `${singleQuoted(name)} => ${value}`,
  string: singleQuoted,
  words: ['true', 'false', 'null'],
  indent: '    ',
}

/** The request with the extension `curl`. */
export function phpSample({ method, url, key, body, answers }: SampleRequest): string {
  const headers = [
    ...(key ? [`Authorization: Bearer ${key}`] : []),
    ...(body === undefined ? [] : ['Content-Type: application/json']),
  ]
  const options = [
    ...(method === 'GET' ? [] : [`CURLOPT_CUSTOMREQUEST => '${method}'`]),
    ...(headers.length > 0 ? [`CURLOPT_HTTPHEADER => ${literal(headers, STYLE)}`] : []),
    ...(body === undefined ? [] : [`CURLOPT_POSTFIELDS => json_encode(${objectOf(body)})`]),
    'CURLOPT_RETURNTRANSFER => true',
  ]
  return `<?php

$request = curl_init(${singleQuoted(url)});
curl_setopt_array($request, [
${options.map((option) => `    ${option},\n`).join('')}]);
$answer = curl_exec($request);
$status = curl_getinfo($request, CURLINFO_RESPONSE_CODE);
if ($answer === false || $status >= 300) {
    throw new RuntimeException("$status $answer");
}
${answers === 'json' ? 'print_r(json_decode($answer, true));' : answers === 'text' ? 'echo $answer;' : 'echo $status;'}`
}

/** PHP encodes an empty array as \`[]\`. */
function objectOf(body: unknown): string {
  const isEmpty = typeof body === 'object' && body !== null && Object.keys(body).length === 0
  return isEmpty ? 'new stdClass()' : literal(body, STYLE, 1)
}

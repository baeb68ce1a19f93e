-- What an asker is asked before an issue is opened needs no text of the draft: a row of the outbox can outlive
-- it.
UPDATE outbox SET content = json_remove(
    json_set(content,
        '$.remark.repository', content ->> '$.remark.draft.repository',
        '$.remark.with_files',
            json(iif(json_array_length(content, '$.remark.draft.files') > 0, 'true', 'false'))),
    '$.remark.draft')
WHERE kind = 'remark' AND content ->> '$.remark.issue' = 'may_i';

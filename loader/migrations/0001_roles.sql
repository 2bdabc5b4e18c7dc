-- Who may do what. Roles belong to the whole server, so they may be there already:
-- made by an administrator, or by the same product in another database.
-- They come without a password: an administrator sets one where a role logs in.
do $$
declare
    role_name text;
begin
    foreach role_name in array array[
        'roi_owner', 'roi_loader', 'roi_transformer', 'roi_reader'
    ] loop
        begin
            if not exists (select from pg_roles where rolname = role_name) then
                execute format('create role %I login', role_name);
            end if;
        exception
            when duplicate_object or unique_violation then null;
        end;
        if not (select rolsuper from pg_roles where rolname = current_user) then
            execute format('grant %I to current_user', role_name);
        end if;
    end loop;
    -- The schemas: raw is the owner's, what dbt builds is the transformer's.
    execute format(
        'grant create on database %I to roi_owner, roi_transformer',
        current_database()
    );
end
$$;
